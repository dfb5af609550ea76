// The page: sign in, pick a product, place an order, watch it live, cancel it. No framework, no build.
import { request, subscribe } from "./graphql.js";
import { CANCEL_ORDER, PLACE_ORDER, PRODUCTS, SIGN_IN, WATCH_ORDER } from "./operations.js";

const PATH = ["PENDING", "RESERVED", "AWAITING_PAYMENT", "CONFIRMED", "SHIPPED", "DELIVERED"];
const ENDS = ["REJECTED", "PAYMENT_FAILED", "CANCELLED", "EXPIRED"];
const $ = (id) => document.getElementById(id);

/** What the page knows: who, what was picked, which order is watched. */
const shop = { token: null, email: null, guest: false, picked: null, after: null, order: null, cursor: null, stop: null };

const fields = (form) => Object.fromEntries(new FormData(form));
const money = (value) => (value ? `${value.amount} ${value.currencyCode}` : "no price");

function notice(text) {
  $("notice").hidden = !text;
  $("notice").textContent = text ?? "";
}

/** Runs a form's action with its button disabled; shows what went wrong. */
function onSubmit(id, action) {
  $(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.target.querySelector("button");
    button.disabled = true;
    notice(null);
    try {
      await action(fields(event.target));
    } catch (error) {
      notice(error.message);
    } finally {
      button.disabled = false;
    }
  });
}

function knowing(who) {
  $("who").textContent = who;
  $("identity").hidden = true;
  $("sign-out").hidden = false;
  $("checkout").hidden = !shop.picked;
}

onSubmit("sign-in", async ({ email, password }) => {
  const { sessionCreate } = await request(SIGN_IN, { input: { email, password } });
  if (!sessionCreate.session) throw new Error(sessionCreate.userErrors[0].message);
  Object.assign(shop, { token: sessionCreate.session.accessToken, email: null, guest: false });
  knowing(`Signed in as ${sessionCreate.session.customer.name}`);
});

onSubmit("guest", async ({ email }) => {
  Object.assign(shop, { token: null, email, guest: true });
  knowing(`Guest · ${email}`);
});

$("sign-out").addEventListener("click", () => location.reload());

// ---- the catalogue

async function showProducts(more) {
  const { text, currency } = fields($("search"));
  const variables = { after: more ? shop.after : null, filter: text ? { text } : null, currency };
  const { products } = await request(PRODUCTS, variables);
  shop.after = products.pageInfo.endCursor;
  $("more").hidden = !products.pageInfo.hasNextPage;
  const rows = products.nodes.flatMap((product) => product.variants.map((variant) => row(product, variant)));
  if (more) $("products").append(...rows);
  else $("products").replaceChildren(...(rows.length ? rows : [document.createTextNode("Nothing found.")]));
}

function row(product, variant) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.testid = "product";
  button.dataset.sku = variant.sku;
  button.setAttribute("aria-pressed", "false");
  const stock = variant.availability;
  const left = stock ? (stock.inStock ? `${stock.available} in stock` : "sold out") : "stock unknown";
  button.append(
    element("span", product.title),
    element("strong", money(variant.price)),
    element("small", `${variant.title} · ${variant.sku}`),
    element("small", left, stock && !stock.inStock ? "out" : ""),
  );
  button.addEventListener("click", () => pick(button, product, variant));
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function pick(button, product, variant) {
  document.querySelectorAll('#products [aria-pressed="true"]').forEach((other) => other.setAttribute("aria-pressed", "false"));
  button.setAttribute("aria-pressed", "true");
  shop.picked = { sku: variant.sku, currencyCode: $("search").elements.currency.value };
  $("picked").textContent = `${product.title}, ${variant.title} · ${money(variant.price)}`;
  const known = shop.token || shop.guest;
  $("checkout").hidden = !known;
  if (!known) notice("Sign in or go on as a guest first.");
}

onSubmit("search", () => showProducts(false));
$("search").elements.currency.addEventListener("change", () => $("search").requestSubmit());
$("more").addEventListener("click", () => showProducts(true).catch((error) => notice(error.message)));

// ---- the order

onSubmit("order", async ({ quantity, payment, ...address }) => {
  const [method, token] = payment.split(" ");
  const input = {
    // One key an intent: a retry of this very request can never become a second order.
    idempotencyKey: crypto.randomUUID(),
    lines: [{ sku: shop.picked.sku, quantity: Number(quantity) }],
    currencyCode: shop.picked.currencyCode,
    shippingAddress: address,
    payment: { method, token: token ?? null },
    email: shop.email,
  };
  const { orderPlace } = await request(PLACE_ORDER, { input }, shop.token);
  if (orderPlace.userErrors.length) notice(orderPlace.userErrors.map((error) => error.message).join(" · "));
  if (!orderPlace.order) return;
  if (orderPlace.guestToken) shop.token = orderPlace.guestToken;
  watch(orderPlace.order);
});

function watch(order) {
  shop.stop?.();
  shop.cursor = null;
  $("tracker").hidden = false;
  $("history").replaceChildren();
  show(order);
  const variables = () => ({ id: order.id, after: shop.cursor });
  shop.stop = subscribe(WATCH_ORDER, variables, shop.token, {
    next: ({ orderStatusChanged: change }) => {
      shop.cursor = change.cursor;
      show(change.order);
    },
    state: (state) => {
      $("live").textContent = state;
      $("live").classList.toggle("on", state === "live");
    },
    failed: notice,
  });
}

function show(order) {
  // Events may overtake the answer of a mutation: an older version never replaces a newer one.
  if (shop.order?.id === order.id && order.version < shop.order.version) return;
  shop.order = order;
  $("number").textContent = order.number;
  $("total").textContent = money(order.total);
  $("payment-status").textContent = order.paymentStatus;
  $("status").textContent = order.status.replaceAll("_", " ");
  $("status").dataset.status = order.status;
  $("status").className = `status ${ENDS.includes(order.status) ? "bad" : order.status === "DELIVERED" ? "good" : ""}`;
  const reached = new Set(order.history.map((entry) => entry.to));
  $("path").replaceChildren(...PATH.map((step) => element("li", step.replaceAll("_", " ").toLowerCase(), reached.has(step) ? "done" : "")));
  $("history").replaceChildren(...order.history.map(entry));
  $("cancel").hidden = !order.availableTransitions.includes("CANCELLED");
  const action = order.payments?.find((payment) => payment.nextAction?.url)?.nextAction;
  $("next-action").hidden = !(action && order.status === "AWAITING_PAYMENT");
  if (action) $("next-action").href = action.url;
}

function entry({ to, paymentStatus, version, at, reason }) {
  const item = element("li", `${version}. ${to.replaceAll("_", " ")} · payment ${paymentStatus}${reason ? ` · ${reason}` : ""} `);
  item.dataset.version = version;
  item.append(element("time", new Date(at).toLocaleTimeString()));
  return item;
}

$("cancel").addEventListener("click", async () => {
  $("cancel").disabled = true;
  try {
    const input = { id: shop.order.id, reason: "changed my mind", idempotencyKey: crypto.randomUUID() };
    const { orderCancel } = await request(CANCEL_ORDER, { input }, shop.token);
    notice(orderCancel.userErrors[0]?.message);
    if (orderCancel.order) show(orderCancel.order);
  } catch (error) {
    notice(error.message);
  } finally {
    $("cancel").disabled = false;
  }
});

function element(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

showProducts(false).catch((error) => notice(error.message));
