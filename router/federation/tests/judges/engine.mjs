// Our engine: one process of the example `verdicts`, a federation a line in, a verdict a line out.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const BINARY = `${process.env.CARGO_TARGET_DIR ?? `${ROOT}target`}/debug/examples/verdicts`;

/** Starts the engine; `ask(subgraphs, supergraphs)` gives `{ codes, differences }`, `stop()` ends it. */
export function startEngine() {
  if (!existsSync(BINARY)) {
    throw new Error(`${BINARY} is missing: cargo build --workspace --example verdicts`);
  }
  const engine = spawn(BINARY, { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: engine.stdout })[Symbol.asyncIterator]();
  return {
    async ask(subgraphs, supergraphs = {}) {
      engine.stdin.write(`${JSON.stringify({ subgraphs, supergraphs })}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error("the engine ended");
      return JSON.parse(value);
    },
    stop: () => engine.stdin.end(),
  };
}
