import * as v from "valibot";
import { holdAccess } from "../src/grants/hold-access.ts";
import { defineFunction } from "../src/lambda/define-function.ts";
import { environments } from "../src/lambda/environments.ts";
import { wireTables } from "../src/wiring/tables.ts";

export const { on, handler, event } = defineFunction({
  name: "hold-access",
  event: v.object({ requestId: v.string(), token: v.string() }),
  wire: (platform) => {
    const tables = wireTables(v.parse(environments["hold-access"], platform.environment), platform);
    return (event) => holdAccess(tables, event);
  },
  logged: ({ requestId }) => ({ requestId, did: "holds" }),
});
