import { testPairs } from "./pairs.ts";

testPairs("odd");
