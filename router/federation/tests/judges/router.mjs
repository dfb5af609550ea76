// The real router over a supergraph that someone else composed: `souk serve router --supergraph FILE`.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const BINARY = `${process.env.CARGO_TARGET_DIR ?? `${ROOT}target`}/debug/souk`;
const START_MS = 30_000;
const LOOK_MS = 20;

/** A folder that `use` has for itself and that is gone afterwards. */
export async function inFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), "souk-judges-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function readyAddresses(router, file, log) {
  const deadline = Date.now() + START_MS;
  while (!existsSync(file)) {
    if (router.exitCode !== null) throw new Error(`the router ended at its start:\n${log()}`);
    if (Date.now() > deadline) throw new Error(`the router did not start within ${START_MS} ms:\n${log()}`);
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Starts a router on free ports and gives `ask(query, variables)` to `use`; the router must end well afterwards. */
export const withRouter = (supergraph, use) =>
  inFolder(async (folder) => {
    const [file, ready] = [join(folder, "supergraph.graphql"), join(folder, "ready.json")];
    writeFileSync(file, supergraph);
    const listen = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    const router = spawn(BINARY, ["serve", "router", "--supergraph", file, ...listen], {
      env: { PATH: process.env.PATH, SOUK_PROFILE: "dev", SOUK_READY_FILE: ready },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    router.stderr.on("data", (text) => (log += text));
    const ended = new Promise((done) => router.on("exit", done));
    const kill = () => router.kill("SIGKILL");
    process.on("exit", kill);
    let status;
    try {
      const { http, admin } = await readyAddresses(router, ready, () => log);
      const health = await fetch(`http://${admin}/health/ready`);
      if (health.status !== 200) throw new Error(`the router is not ready: ${health.status}`);
      await use(async (query, variables = {}) => {
        const headers = { "content-type": "application/json" };
        const body = JSON.stringify({ query, variables });
        return (await fetch(`http://${http}/graphql`, { method: "POST", headers, body })).json();
      });
    } finally {
      router.kill("SIGTERM");
      status = await ended;
      process.off("exit", kill);
    }
    if (status !== 0) throw new Error(`the router ended with ${status}:\n${log}`);
  });

/** What `souk plan` prints, or why it does not. */
export function plan(supergraph, query) {
  const { status, stdout, stderr } = spawnSync(BINARY, ["plan", "--supergraph", supergraph, "--query", query], { encoding: "utf8" });
  return status === 0 ? stdout : `cannot be planned: ${stderr}`;
}
