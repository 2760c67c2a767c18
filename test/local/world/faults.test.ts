import { expect, onTestFinished, test } from "vitest";
import { VirtualClock } from "../../../local/clock.ts";
import { HttpError, listen, Router } from "../../../local/http.ts";
import { Store } from "../../../local/store.ts";
import { CallLog } from "../../../local/world/call-log.ts";
import { addControls, withControls } from "../../../local/world/control.ts";
import { Faults } from "../../../local/world/faults.ts";

async function counter() {
  const clock = new VirtualClock(0);
  const faults = new Faults(clock);
  const calls = new CallLog({ clock, caller: (request) => request.headers.name, keep: 3 });
  const controls = addControls(new Router(), { faults, calls });
  let count = 0;
  const handle = calls.around(
    faults.around((request) => {
      if (request.path === "/missing") throw new HttpError(404, { message: "nothing here" });
      return { status: 200, body: { count: ++count } };
    }),
    "counter",
  );
  const server = await listen({ port: 0, clock, handle: withControls(controls, new Store(), handle) });
  onTestFinished(server.close);
  const send = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(server.url + path, init);
    const retryAfter = answer.headers.get("retry-after");
    const body: unknown = JSON.parse((await answer.text()) || "null");
    return { status: answer.status, body, ...(retryAfter ? { retryAfter } : {}) };
  };
  return { clock, faults, calls, send, count: () => count };
}

test("a fault answers in place of the call as often as it was told to, and the call has no effect", async () => {
  const { faults, send, count } = await counter();
  faults.add({ method: "GET", path: /^\/count/, times: 2, status: 503 });
  expect(await send("/count", { method: "POST" })).toEqual({ status: 200, body: { count: 1 } });
  expect(await send("/count")).toEqual({ status: 503, body: { message: "Service Unavailable" } });
  expect((await send("/count")).status).toBe(503);
  expect((await send("/count")).status).toBe(200);
  expect(count()).toBe(2);
});

test("a fault's answer can have headers and a body of its own, or none", async () => {
  const { faults, send } = await counter();
  const headers = { "retry-after": "7" };
  faults.add({ method: "get", times: 1, status: 429, headers, body: { errorMessages: ["Rate limit"] } });
  const limited = { status: 429, body: { errorMessages: ["Rate limit"] }, retryAfter: "7" };
  expect(await send("/count")).toEqual(limited);
  faults.add({ times: 1, status: 502, body: "" });
  expect(await send("/count")).toEqual({ status: 502, body: null });
  faults.add({ times: 1, status: 204 });
  expect(await send("/count")).toEqual({ status: 204, body: null });
});

test("a connection lost before the call leaves no effect, one lost after it does", async () => {
  const { faults, send, count } = await counter();
  faults.add({ drop: "before", times: 1 });
  await expect(send("/count")).rejects.toThrow("fetch failed");
  expect(count()).toBe(0);
  faults.add({ drop: "after", times: 1 });
  await expect(send("/count")).rejects.toThrow("fetch failed");
  expect(count()).toBe(1);
});

test("a fault without a count stays until it is taken away, and the oldest that fits comes first", async () => {
  const { faults, send } = await counter();
  const remove = faults.add({ path: /count/, status: 500 });
  faults.add({ status: 429 });
  expect([(await send("/count")).status, (await send("/count")).status]).toEqual([500, 500]);
  remove();
  expect((await send("/count")).status).toBe(429);
  faults.clear();
  expect((await send("/count")).status).toBe(200);
});

test("a slow call takes the clock's time, not the caller's", async () => {
  const { clock, faults, send } = await counter();
  faults.add({ delayMs: 60_000, times: 1 });
  const answer = send("/count");
  while (!(await clock.advanceToNext(60_000)));
  expect((await answer).status).toBe(200);
  expect(clock.now()).toBe(60_000);
});

test("the call log keeps the latest calls with what was asked and answered", async () => {
  const { calls, send } = await counter();
  await send("/forgotten");
  await send("/count?a=1&b=2&a=3", { method: "POST", body: '{"x":[1]}', headers: { name: "Nadia" } });
  await send("/missing");
  expect(calls.all()).toEqual([
    {
      at: 0,
      host: "counter",
      method: "GET",
      path: "/forgotten",
      query: {},
      status: 200,
      answer: { count: 1 },
    },
    {
      at: 0,
      host: "counter",
      method: "POST",
      path: "/count",
      query: { a: "1,3", b: "2" },
      by: "Nadia",
      request: { x: [1] },
      status: 200,
      answer: { count: 2 },
    },
    {
      at: 0,
      host: "counter",
      method: "GET",
      path: "/missing",
      query: {},
      status: 404,
      answer: { message: "nothing here" },
    },
  ]);
  expect(calls.of("GET", /^\/m/)).toHaveLength(1);
  await send("/last");
  expect(calls.all().map(({ path }) => path)).toEqual(["/count", "/missing", "/last"]);
});

test("the call log tells of a lost connection what the call came to, when it came to something", async () => {
  const { faults, calls, send } = await counter();
  for (const drop of ["before", "after"] as const)
    for (const path of ["/count", "/missing"]) {
      faults.add({ drop, times: 1 });
      await expect(send(path)).rejects.toThrow("fetch failed");
      const [last] = calls.all().slice(-1);
      const cameTo = path === "/count" ? 200 : 404;
      expect(last).toMatchObject({ path, lost: true });
      expect(last?.status).toBe(drop === "before" ? undefined : cameTo);
    }
});

test("faults and the log are reachable over HTTP, and a fault that cannot be is refused with the reason", async () => {
  const { send } = await counter();
  const fault = { path: "^/count", status: 418, body: { kettle: true }, times: 1 };
  const put = await send("/_simulated/faults", { method: "POST", body: JSON.stringify(fault) });
  expect(put.status).toBe(201);
  const faults = (await send("/_simulated/faults")).body;
  expect(faults).toEqual([{ path: "^\\/count", status: 418, body: { kettle: true }, times: 1 }]);
  expect(await send("/count")).toEqual({ status: 418, body: { kettle: true } });
  expect((await send("/_simulated/calls")).body).toMatchObject([{ path: "/count", status: 418 }]);
  expect((await send("/_simulated/calls", { method: "DELETE" })).status).toBe(204);
  expect((await send("/_simulated/calls")).body).toEqual([]);

  const refused = await send("/_simulated/faults", { method: "POST", body: '{"drop":"midway","path":"("}' });
  expect(refused.status).toBe(400);
  expect(refused.body).toEqual({ message: expect.stringContaining("drop") });
  const unreadable = await send("/_simulated/faults", { method: "POST", body: '{"path":"("}' });
  expect(unreadable.body).toEqual({ message: expect.stringMatching(/^path: .*regular expression/) });
  await send("/_simulated/faults", { method: "POST", body: '{"status":500}' });
  expect((await send("/_simulated/faults", { method: "DELETE" })).status).toBe(204);
  expect((await send("/count")).status).toBe(200);
  const nothing = { status: 404, body: { message: "there is no control GET /_simulated/nothing" } };
  expect(await send("/_simulated/nothing")).toEqual(nothing);
});
