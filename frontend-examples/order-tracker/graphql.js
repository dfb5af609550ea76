// The whole client: one function for queries and mutations, one for subscriptions. It is short on purpose, so that
// the page runs without a build and shows what goes over the wire; an application takes Apollo Client or urql with
// the package graphql-ws, which speak the same protocols.

/** Sends an operation; resolves to its data, rejects with the errors' messages. */
export async function request(query, variables = {}, token = null) {
  const headers = { "content-type": "application/json", accept: "application/graphql-response+json" };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors?.length) throw Object.assign(new Error(errors.map((error) => error.message).join(" · ")), { errors });
  return data;
}

/**
 * Subscribes over graphql-transport-ws and connects again when the connection is lost. `variables` is a function, so
 * that a reconnect can ask for what came after the last event it saw. Returns a function that ends it.
 */
export function subscribe(query, variables, token, { next, state, failed }) {
  let socket = null;
  let ended = false;
  let attempts = 0;

  const connect = () => {
    state("connecting");
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`, "graphql-transport-ws");
    socket.onopen = () => send({ type: "connection_init", payload: token ? { authorization: `Bearer ${token}` } : {} });
    socket.onmessage = ({ data }) => receive(JSON.parse(data));
    socket.onclose = () => {
      if (ended) return;
      state("reconnecting");
      setTimeout(connect, Math.min(5000, 250 * 2 ** attempts++));
    };
  };
  const send = (message) => socket.send(JSON.stringify(message));
  const receive = (message) => {
    switch (message.type) {
      case "connection_ack":
        attempts = 0;
        state("live");
        return send({ id: "1", type: "subscribe", payload: { query, variables: variables() } });
      case "ping":
        return send({ type: "pong" });
      case "next":
        if (message.payload.errors?.length) failed(message.payload.errors[0].message);
        if (message.payload.data) next(message.payload.data);
        return;
      case "error":
        failed(message.payload.map((error) => error.message).join(" · "));
        return end();
      case "complete":
        state("ended");
        return end();
    }
  };
  const end = () => {
    ended = true;
    socket?.close(1000);
  };

  connect();
  return end;
}
