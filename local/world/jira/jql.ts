/** Thrown for a query that can't be understood; the message is for the caller. */
export class JqlError extends Error {
  override readonly name = "JqlError";
}

/** A literal, or a function such as `currentUser()` or `now()`; the keyword EMPTY is the function `empty`. */
export type JqlValue = { text: string } | { call: string };

type JqlOperator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in";

export type JqlClause = { type: "clause"; field: string; operator: JqlOperator; values: JqlValue[] };

export type JqlCondition =
  | JqlClause
  | { type: "and" | "or"; conditions: JqlCondition[] }
  | { type: "not"; condition: JqlCondition };

/** A parsed query. Field names are in lower case. Without a restriction the query is unbounded. */
type JqlQuery = {
  restriction: JqlCondition | null;
  order: { field: string; descending: boolean }[];
};

type Token = { kind: "word" | "quoted" | "symbol" | "end"; text: string };

const tokenPattern =
  /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(!=|<=|>=|&&|\|\||[=<>!(),~])|([^\s"'=<>!(),~]+))/y;

function tokens(jql: string): Token[] {
  const found: Token[] = [];
  const text = jql.trim();
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.length) {
    const at = tokenPattern.lastIndex;
    const match = tokenPattern.exec(text);
    if (!match)
      throw new JqlError(`Error in the JQL Query at character ${at + 1}: '${text.slice(at, at + 10)}'.`);
    const [, double, single, symbol, word] = match;
    const quoted = double ?? single;
    if (quoted !== undefined) found.push({ kind: "quoted", text: quoted.replace(/\\(.)/g, "$1") });
    else if (symbol !== undefined) found.push({ kind: "symbol", text: symbol });
    else found.push({ kind: "word", text: word ?? "" });
  }
  return [...found, { kind: "end", text: "the end of the query" }];
}

/**
 * Parses the part of JQL that the simulated site knows: AND, OR, NOT, comparisons, IN, IS EMPTY and ORDER BY.
 * @throws JqlError
 */
export function parseJql(jql: string): JqlQuery {
  const parser = new Parser(tokens(jql));
  return parser.query();
}

class Parser {
  readonly #tokens: Token[];
  #next = 0;

  constructor(list: Token[]) {
    this.#tokens = list;
  }

  query(): JqlQuery {
    const unbounded = this.#peek().kind === "end" || this.#isWord("order");
    const restriction = unbounded ? null : this.#or();
    const order = this.#takeWord("order") ? this.#order() : [];
    if (this.#peek().kind !== "end") throw this.#unexpected("'AND', 'OR' or 'ORDER BY'");
    return { restriction, order };
  }

  #order(): JqlQuery["order"] {
    if (!this.#takeWord("by")) throw this.#unexpected("'BY'");
    const order: JqlQuery["order"] = [];
    do {
      const field = this.#field();
      const descending = this.#takeWord("desc");
      if (!descending) this.#takeWord("asc");
      order.push({ field, descending });
    } while (this.#takeSymbol(","));
    if (order.length > 7) throw new JqlError("The maximum number of fields in the 'ORDER BY' clause is 7.");
    return order;
  }

  #or(): JqlCondition {
    const conditions = [this.#and()];
    while (this.#takeWord("or") || this.#takeSymbol("||")) conditions.push(this.#and());
    const [only] = conditions;
    return conditions.length === 1 && only ? only : { type: "or", conditions };
  }

  #and(): JqlCondition {
    const conditions = [this.#not()];
    while (this.#takeWord("and") || this.#takeSymbol("&&")) conditions.push(this.#not());
    const [only] = conditions;
    return conditions.length === 1 && only ? only : { type: "and", conditions };
  }

  #not(): JqlCondition {
    if (this.#takeWord("not") || this.#takeSymbol("!")) return { type: "not", condition: this.#not() };
    if (!this.#takeSymbol("(")) return this.#clause();
    const condition = this.#or();
    this.#expectSymbol(")");
    return condition;
  }

  #clause(): JqlClause {
    const field = this.#field();
    if (this.#takeWord("is")) {
      const operator = this.#takeWord("not") ? "!=" : "=";
      if (!this.#isEmptyWord()) throw this.#unexpected("'EMPTY' or 'NULL'");
      return { type: "clause", field, operator, values: [this.#value()] };
    }
    const negated = this.#takeWord("not");
    if (this.#takeWord("in"))
      return { type: "clause", field, operator: negated ? "not in" : "in", values: this.#list() };
    const token = this.#peek();
    const operator = (["=", "!=", "<=", ">=", "<", ">"] as const).find((known) => known === token.text);
    if (negated || token.kind !== "symbol" || !operator)
      throw this.#unexpected("an operator that is known here");
    this.#next++;
    return { type: "clause", field, operator, values: [this.#value()] };
  }

  #list(): JqlValue[] {
    this.#expectSymbol("(");
    const values = [this.#value()];
    while (this.#takeSymbol(",")) values.push(this.#value());
    this.#expectSymbol(")");
    return values;
  }

  #field(): string {
    const token = this.#peek();
    if (token.kind !== "word" && token.kind !== "quoted") throw this.#unexpected("a field name");
    this.#next++;
    return token.text.toLowerCase();
  }

  #value(): JqlValue {
    const token = this.#peek();
    if (token.kind !== "word" && token.kind !== "quoted") throw this.#unexpected("a value");
    const empty = this.#isEmptyWord();
    this.#next++;
    if (empty) return { call: "empty" };
    if (token.kind === "word" && this.#takeSymbol("(")) {
      this.#expectSymbol(")");
      return { call: token.text.toLowerCase() };
    }
    return { text: token.text };
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", text: "the end of the query" };
  }

  #isWord(word: string): boolean {
    const token = this.#peek();
    return token.kind === "word" && token.text.toLowerCase() === word;
  }

  #isEmptyWord(): boolean {
    return this.#isWord("empty") || this.#isWord("null");
  }

  #takeWord(word: string): boolean {
    const taken = this.#isWord(word);
    if (taken) this.#next++;
    return taken;
  }

  #takeSymbol(symbol: string): boolean {
    const token = this.#peek();
    const taken = token.kind === "symbol" && token.text === symbol;
    if (taken) this.#next++;
    return taken;
  }

  #expectSymbol(symbol: string): void {
    if (!this.#takeSymbol(symbol)) throw this.#unexpected(`'${symbol}'`);
  }

  #unexpected(expected: string): JqlError {
    return new JqlError(`Error in the JQL Query: expecting ${expected} but got '${this.#peek().text}'.`);
  }
}
