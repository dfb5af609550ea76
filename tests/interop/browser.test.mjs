// What people see: the order tracker and GraphiQL in headless Chromium.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { ask, eventually, signIn, startShop } from "./shop.mjs";

const SHOTS = process.env.SOUK_SCREENSHOTS ?? resolve(import.meta.dirname, "../../target/screenshots");
let shop, browser;
before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  shop = await startShop();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});
after(async () => {
  await browser?.close();
  await shop?.stop();
});

/** A page that fails the test on an error in its console, and on any request that leaves this machine. */
async function open(url) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "127.0.0.1" && hostname !== "localhost") faults.push(`asked ${request.url()}`);
  });
  await page.goto(url, { waitUntil: "load" });
  return { page, faults, id: (name) => page.getByTestId(name) };
}

test("a customer signs in, orders, watches the order live and cancels it", async () => {
  const { page, faults, id } = await open(shop.tracker);
  await id("email").fill(shop.logins.customer.email);
  await id("password").fill(shop.logins.customer.password);
  await id("sign-in").click();
  await id("who").getByText("Signed in as").waitFor();
  await page.locator('[data-testid="product"]:has-text("in stock"):not(:has-text("no price"))').first().click();
  await id("place").click();
  await page.locator('[data-testid="status"][data-status="CONFIRMED"]').waitFor();
  await page.locator('[data-testid="live"].on').waitFor();
  await page.screenshot({ path: `${SHOTS}/order-tracker.png`, fullPage: true });
  await id("cancel").click();
  await page.locator('[data-testid="status"][data-status="CANCELLED"]').waitFor();
  await id("payment-status").getByText("REFUNDED").waitFor();
  const versions = await page.locator("#history li").evaluateAll((items) => items.map((item) => Number(item.dataset.version)));
  assert.deepEqual(versions, versions.map((_, index) => index + 1), "the whole history, without gaps");
  assert.deepEqual(faults, []);
  await page.close();
});

test("a guest pays by UPI and sees the order confirmed without touching the page", async () => {
  const { page, faults, id } = await open(shop.tracker);
  await id("guest-email").fill("guest@example.com");
  await id("guest").click();
  await page.locator('[data-testid="product"]:has-text("in stock"):not(:has-text("no price"))').first().click();
  await id("payment").selectOption("UPI tok_ok");
  await id("place").click();
  await page.locator('[data-testid="status"][data-status="AWAITING_PAYMENT"]').waitFor();
  // The placing request had no token yet, so the payment shows with the first event of the stream.
  await id("next-action").waitFor();
  const url = await id("next-action").getAttribute("href");
  assert.equal((await fetch(`${url}/approve`, { method: "POST" })).ok, true);
  await page.locator('[data-testid="status"][data-status="CONFIRMED"]').waitFor();
  assert.deepEqual(faults, []);
  await page.close();
});

test("a declined card is told in words", async () => {
  const { page, id } = await open(shop.tracker);
  await id("guest-email").fill("guest@example.com");
  await id("guest").click();
  await page.locator('[data-testid="product"]:has-text("in stock"):not(:has-text("no price"))').first().click();
  await id("payment").selectOption("CARD tok_declined");
  await id("place").click();
  await id("notice").getByText(/declined/i).waitFor();
  await page.locator('[data-testid="status"][data-status="PAYMENT_FAILED"]').waitFor();
  await page.close();
});

test("the README's first query, pasted into GraphiQL, is answered", async () => {
  const readme = readFileSync(resolve(import.meta.dirname, "../../README.md"), "utf8");
  const query = readme.split("```graphql\n")[1].split("```")[0];
  const { page } = await open(new URL("/", shop.graphql).href);
  const editor = page.locator(".graphiql-query-editor .view-lines, .graphiql-editor .view-lines").first();
  // The editor takes text once it shows the query it opens with.
  await editor.getByText("FirstLook").first().waitFor();
  await editor.click();
  await page.keyboard.press("Control+A");
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, query);
  // GraphiQL reads the document a moment later; its tab then loses the old operation's name.
  await page.getByText("FirstLook").first().waitFor({ state: "detached" });
  await page.locator(".graphiql-execute-button").click();
  await eventually("three products in GraphiQL", async () => {
    const shown = await page.locator(".graphiql-response").innerText();
    return shown.includes('"totalCount"') && !shown.includes('"category"') && shown.includes('"available"');
  });
  await page.close();
});

test("GraphiQL works offline and runs the query it opens with", async () => {
  const { page, faults } = await open(new URL("/", shop.graphql).href);
  await page.locator(".graphiql-execute-button").waitFor();
  await page.locator(".graphiql-execute-button").click();
  await eventually("an answer in GraphiQL", async () => /"products"|"data"/.test(await page.locator(".graphiql-response").innerText()));
  await page.screenshot({ path: `${SHOTS}/graphiql.png` });
  assert.deepEqual(faults, []);
  await page.close();
});

test("shipping by staff reaches an open page", async () => {
  const { page, id } = await open(shop.tracker);
  await id("email").fill(shop.logins.customer.email);
  await id("password").fill(shop.logins.customer.password);
  await id("sign-in").click();
  await id("who").getByText("Signed in as").waitFor();
  await page.locator('[data-testid="product"]:has-text("in stock"):not(:has-text("no price"))').first().click();
  await id("place").click();
  await page.locator('[data-testid="status"][data-status="CONFIRMED"]').waitFor();
  const number = await id("number").innerText();
  const staff = await signIn(shop, "staff");
  const { orders } = await ask(shop, "{ orders(first: 50) { nodes { id number } } }", {}, staff);
  const order = orders.nodes.find((node) => node.number === number);
  await ask(shop, "mutation($id: ID!) { orderShip(input: { id: $id }) { userErrors { message } } }", { id: order.id }, staff);
  await page.locator('[data-testid="status"][data-status="SHIPPED"]').waitFor();
  await page.close();
});
