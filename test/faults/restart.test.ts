import { test } from "vitest";
import { fault } from "./list.ts";
import { restartWith } from "./restart.ts";

// A hundred of them are played by restart.proof.ts. Versions behind aliases, and a canary that rolls back, are other tests; here
// the stack is the same before and after.
test(fault(25), () => restartWith(12));
