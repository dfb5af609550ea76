// Every operation that the page sends, as it could be pasted into GraphiQL.

export const SIGN_IN = /* GraphQL */ `
  mutation SignIn($input: SessionCreateInput!) {
    sessionCreate(input: $input) {
      session { accessToken customer { name email } }
      userErrors { code message }
    }
  }`;

export const PRODUCTS = /* GraphQL */ `
  query Products($after: String, $filter: ProductFilter, $currency: CurrencyCode) {
    products(first: 12, after: $after, filter: $filter, sort: TITLE) {
      nodes {
        id
        title
        variants { sku title price(currency: $currency) { amount currencyCode } availability { available inStock } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }`;

const ORDER = /* GraphQL */ `
  fragment Tracked on Order {
    id number status paymentStatus version availableTransitions
    total { amount currencyCode }
    history { to paymentStatus version at reason }
    payments { state nextAction { kind url } }
  }`;

export const PLACE_ORDER = /* GraphQL */ `
  mutation PlaceOrder($input: OrderPlaceInput!) {
    orderPlace(input: $input) { order { ...Tracked } guestToken userErrors { code field message } }
  }
  ${ORDER}`;

export const CANCEL_ORDER = /* GraphQL */ `
  mutation CancelOrder($input: OrderCancelInput!) {
    orderCancel(input: $input) { order { ...Tracked } userErrors { code message } }
  }
  ${ORDER}`;

export const WATCH_ORDER = /* GraphQL */ `
  subscription WatchOrder($id: ID!, $after: String) {
    orderStatusChanged(orderId: $id, after: $after) {
      previousStatus status paymentStatus version at cursor
      order { ...Tracked }
    }
  }
  ${ORDER}`;
