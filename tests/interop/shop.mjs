// Starts a shop for the tests of this folder, as the Rust harness does: free ports, a data folder of its own.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { randomUUID } from "node:crypto";

const BINARY = process.env.SOUK_BIN ?? resolve(import.meta.dirname, "../../target/debug/souk");

/** Asks until the answer is truthy; fails at the deadline with what was waited for. */
export async function eventually(what, ask, limitMs = 60_000) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${limitMs} ms`);
    await new Promise((done) => setTimeout(done, 25));
  }
}

/** A running shop with what its ready file says, and `stop()`. */
export async function startShop() {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is not built: run \`cargo build -p souk\` first`);
  const folder = mkdtempSync(join(tmpdir(), "souk-interop-"));
  const readyFile = join(folder, "ready.json");
  const options = ["up", "--ports", "auto", "--quiet", "--data", join(folder, "data"), "--ready-file", readyFile];
  const launcher = spawn(BINARY, options, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  launcher.stderr.on("data", (text) => (log += text));
  const ended = new Promise((done) => launcher.on("exit", done));
  // The shop must not outlive the tests.
  process.on("exit", () => launcher.kill("SIGKILL"));
  await eventually("the start of the shop", () => {
    if (launcher.exitCode !== null) throw new Error(`souk up ended:\n${log}`);
    return existsSync(readyFile);
  }, 180_000);
  const ready = JSON.parse(readFileSync(readyFile, "utf8"));
  const stop = async () => {
    launcher.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...ready, stop };
}

/** Sends an operation with plain fetch and gives its data. */
export async function ask(shop, query, variables = {}, token = null) {
  const headers = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(shop.graphql, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** An access token of a demo login: `customer`, `staff` or `admin`. */
export async function signIn(shop, who) {
  const { email, password } = shop.logins[who];
  const query = "mutation($input: SessionCreateInput!) { sessionCreate(input: $input) { session { accessToken } } }";
  const data = await ask(shop, query, { input: { email, password } });
  return data.sessionCreate.session.accessToken;
}

/** The input of an order of one unit of something in stock, paid in euro by card. */
export async function cart(shop, payment = { method: "CARD", token: "tok_ok" }) {
  const query = "{ products(first: 50) { nodes { variants { sku price(currency: EUR) { amount } availability { inStock } } } } }";
  const data = await ask(shop, query);
  const variants = data.products.nodes.flatMap((product) => product.variants);
  const { sku } = variants.find((variant) => variant.price && variant.availability.inStock);
  return {
    idempotencyKey: randomUUID(),
    lines: [{ sku, quantity: 1 }],
    currencyCode: "EUR",
    shippingAddress: { name: "Asha Rao", line1: "12 Bazaar Road", city: "Pune", postalCode: "411001", countryCode: "IN" },
    payment,
  };
}

export const PLACE = `mutation($input: OrderPlaceInput!) {
  orderPlace(input: $input) { order { id number status } guestToken userErrors { code message } } }`;
