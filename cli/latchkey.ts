#!/usr/bin/env node
import { latchkey } from "./program.ts";

process.exitCode = await latchkey(process.argv.slice(2), {
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  isWatched: process.stderr.isTTY,
});
