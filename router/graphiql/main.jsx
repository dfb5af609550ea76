// The page at the router's `/`: GraphiQL over the router's own /graphql, subscriptions over its WebSocket.
// What stands in the headers editor is sent with a subscription too, as the connection's parameters.
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { createRoot } from 'react-dom/client';

// Monaco starts one worker for each language; the files lie beside this script.
const here = new URL('.', document.currentScript.src);
globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const name = label === 'json' || label === 'graphql' ? label : 'editor';
    return new Worker(new URL(`${name}.worker.js`, here));
  },
};

const endpoint = new URL('/graphql', window.location.href);
const socket = new URL(endpoint);
socket.protocol = endpoint.protocol === 'https:' ? 'wss:' : 'ws:';

const firstQuery = `# Souk: press the play button. To act as somebody, run sessionCreate and put the token into "Headers":
#   { "authorization": "Bearer <accessToken>" }
query FirstLook {
  products(first: 5, sort: PRICE_ASC) {
    totalCount
    nodes {
      title
      category { name }
      variants {
        sku
        price { amount currencyCode }
        availability { available inStock }
      }
    }
  }
}
`;

createRoot(document.getElementById('graphiql')).render(
  <GraphiQL
    fetcher={createGraphiQLFetcher({ url: endpoint.href, subscriptionUrl: socket.href })}
    defaultQuery={firstQuery}
    defaultEditorToolsVisibility="headers"
  />,
);
