import { type IncomingMessage, request } from "node:http";
import { afterEach, expect, test } from "vitest";
import { VirtualClock } from "../../local/clock.ts";
import { ConnectionLost, HttpError, type HttpRequest, listen, Router } from "../../local/http.ts";

const close: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of close.splice(0)) await stop();
});

async function serve(handle: Parameters<typeof listen>[0]["handle"]) {
  const server = await listen({ port: 0, clock: new VirtualClock(Date.UTC(2026, 0, 2)), handle });
  close.push(server.close);
  return server.url;
}

test("a handler's answer is sent with the clock's date", async () => {
  const url = await serve((request) => ({ status: 201, body: { said: request.body.toString() } }));
  const answer = await fetch(`${url}/x?y=1`, { method: "POST", body: "hello" });
  expect(answer.status).toBe(201);
  expect(answer.headers.get("date")).toBe("Fri, 02 Jan 2026 00:00:00 GMT");
  expect(await answer.json()).toEqual({ said: "hello" });
});

test("a thrown HttpError is the answer, and a lost connection is no answer", async () => {
  const url = await serve((request) => {
    if (request.path === "/gone") throw new ConnectionLost();
    throw new HttpError(429, { message: "slow down" }, { "retry-after": "7" });
  });
  const answer = await fetch(url);
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "7"]);
  await expect(fetch(`${url}/gone`)).rejects.toThrow("fetch failed");
});

test("routes are found by method and path, fixed text before named parts", () => {
  const router = new Router()
    .add("GET /users/{id}", (_, parts) => ({ status: 200, body: parts }))
    .add("GET /users/me", () => ({ status: 200, body: "me" }));
  const asked = (method: string, path: string): HttpRequest => ({
    method,
    path,
    query: new URLSearchParams(),
    rawQuery: "",
    headers: {},
    rawHeaders: [],
    body: Buffer.alloc(0),
  });
  expect(router.find(asked("GET", "/users/a%2Fb"))).toMatchObject({ parts: { id: "a/b" } });
  expect(router.find(asked("GET", "/users/me"))).toMatchObject({ parts: {} });
  expect(router.find(asked("PUT", "/users/me"))).toBe("method");
  expect(router.find(asked("GET", "/nothing"))).toBeUndefined();
});

test("a path, a query and headers arrive as they were sent", async () => {
  const seen: HttpRequest[] = [];
  const url = await serve((request) => {
    seen.push(request);
    return { status: 200, headers: { "set-cookie": ["a=1", "b=2"] } };
  });
  const answer = await new Promise<IncomingMessage>((resolve) => {
    const headers = { "X-Twice": ["one", "two"] };
    request(url, { path: "//odd/../%zz?a=%31&b&a=2?", headers }, resolve).end();
  });
  expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  expect(seen[0]).toMatchObject({ path: "//odd/../%zz", rawQuery: "a=%31&b&a=2?" });
  expect(seen[0]?.query.getAll("a")).toEqual(["1", "2?"]);
  expect(seen[0]?.rawHeaders.filter(([name]) => name === "X-Twice").map(([, value]) => value)).toEqual([
    "one",
    "two",
  ]);
});
