import * as v from "valibot";
import { holdAccess } from "../src/grants/hold-access.ts";
import { defineFunction } from "../src/lambda/define-function.ts";
import { TablesEnvironment, wireTables } from "../src/wiring/tables.ts";

export const Environment = TablesEnvironment;

export const { on, handler } = defineFunction({
  name: "hold-access",
  event: v.object({ requestId: v.string(), token: v.string() }),
  wire: (platform) => {
    const tables = wireTables(v.parse(Environment, platform.environment), platform);
    return (event) => holdAccess(tables, event);
  },
  logged: ({ requestId }) => ({ requestId, did: "holds" }),
});
