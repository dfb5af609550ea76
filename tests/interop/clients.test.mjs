// Other people's clients against the router: graphql-ws and Apollo Client, as an application uses them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { PLACE, cart, signIn, startShop } from "./shop.mjs";

let shop, customer, staff;
before(async () => {
  shop = await startShop();
  [customer, staff] = [await signIn(shop, "customer"), await signIn(shop, "staff")];
});
after(() => shop?.stop());

const WATCH = `subscription Watch($id: ID!) {
  orderStatusChanged(orderId: $id) { status version order { number customer { email } } } }`;

const live = (token) =>
  createClient({ url: shop.ws, webSocketImpl: WebSocket, lazy: true, retryAttempts: 0, connectionParams: token ? { authorization: `Bearer ${token}` } : {} });

test("graphql-ws sends queries, mutations and subscriptions over one socket", async () => {
  const client = live(customer);
  const one = async (query, variables) => {
    for await (const result of client.iterate({ query, variables })) {
      assert.equal(result.errors, undefined, JSON.stringify(result.errors));
      return result.data;
    }
  };
  const { me } = await one("{ me { email } }");
  assert.equal(me.email, shop.logins.customer.email);
  const placed = await one(PLACE, { input: await cart(shop) });
  const { id } = placed.orderPlace.order;
  const versions = [];
  for await (const { data, errors } of client.iterate({ query: WATCH, variables: { id } })) {
    assert.equal(errors, undefined, JSON.stringify(errors));
    const { status, version, order } = data.orderStatusChanged;
    assert.equal(order.customer.email, shop.logins.customer.email);
    versions.push(version);
    if (status === "CONFIRMED") break;
  }
  assert.deepEqual(versions, [...new Set(versions)].sort((a, b) => a - b), "strictly rising");
  await client.dispose();
});

test("graphql-ws is told about a bad token and a bad operation", async () => {
  const refused = live("nonsense");
  await assert.rejects(async () => {
    for await (const _ of refused.iterate({ query: "{ me { email } }" })) throw new Error("answered");
  }, (error) => error?.code === 4401 || error?.code === 4403 || /UNAUTHENTICATED/.test(JSON.stringify(error)));
  const client = live(null);
  await assert.rejects(async () => {
    for await (const _ of client.iterate({ query: "{ nonsense }" })) throw new Error("answered");
  }, (errors) => JSON.stringify(errors).includes("GRAPHQL_VALIDATION_FAILED"));
  await client.dispose();
});

test("Apollo Client reads, writes and subscribes through one cache", async () => {
  const socket = live(customer);
  const http = new HttpLink({ uri: shop.graphql, headers: { authorization: `Bearer ${customer}` } });
  const link = ApolloLink.split(({ operationType }) => operationType === "subscription", new GraphQLWsLink(socket), http);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });

  const listed = await client.query({ query: gql`{ products(first: 5) { nodes { id title variants { sku availability { available } } } } }` });
  assert.equal(listed.data.products.nodes.length, 5);
  const placed = await client.mutate({ mutation: gql(PLACE), variables: { input: await cart(shop) } });
  const { id } = placed.data.orderPlace.order;

  const statuses = [];
  await new Promise((done, failed) => {
    const subscription = client.subscribe({ query: gql(WATCH), variables: { id } }).subscribe({
      next: async ({ data, error }) => {
        if (error) return failed(error);
        statuses.push(data.orderStatusChanged.status);
        if (data.orderStatusChanged.status === "CONFIRMED") {
          const ship = "mutation($id: ID!) { orderShip(input: { id: $id }) { userErrors { message } } }";
          await fetch(shop.graphql, { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${staff}` }, body: JSON.stringify({ query: ship, variables: { id } }) });
        }
        if (data.orderStatusChanged.status === "SHIPPED") {
          subscription.unsubscribe();
          done();
        }
      },
      error: failed,
    });
  });
  assert.equal(statuses.at(-1), "SHIPPED", statuses.join());
  await socket.dispose();
});
