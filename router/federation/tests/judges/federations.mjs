// Three small federations with their data, and operations with their answers. `entities` is how many requests for
// entities an operation takes at least: it has to cross subgraphs.
const link = (...names) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: [${names.map((name) => `"@${name}"`)}])\n`;

const PRODUCTS = {
  1: { id: "1", name: "Kettle", price: 30, weight: 2 },
  2: { id: "2", name: "Anvil", price: 2000, weight: 90 },
};
const REVIEWS = [
  { id: "7", body: "boils", product: { id: "1" }, author: { id: "u1", name: "Ann" } },
  { id: "8", body: "heavy", product: { id: "2" }, author: { id: "u2", name: "Bob" } },
];

/** @key, @requires, @provides, @external, a mutation, and an entity that one subgraph does not know. */
const shop = {
  subgraphs: {
    products: {
      sdl: `${link("key")} type Query { products: [Product!]! product(id: ID!): Product }
        type Product @key(fields: "id") { id: ID! name: String! price: Int! weight: Int! }`,
      fields: { products: () => Object.values(PRODUCTS), product: ({ id }) => PRODUCTS[id] },
      entities: { Product: ({ id }) => PRODUCTS[id] },
    },
    stock: {
      sdl: `${link("key", "requires", "external")} type Product @key(fields: "id") {
          id: ID! price: Int! @external weight: Int! @external
          shipping: Int @requires(fields: "price weight") inStock: Boolean }`,
      entities: {
        Product: ({ id, price, weight }) => (id === "2" && price === undefined ? null : { id, inStock: id === "1", shipping: price > 1000 ? 0 : weight * 3 }),
      },
    },
    reviews: {
      sdl: `${link("key", "provides", "external")} type Query { reviews: [Review!]! }
        type Mutation { review(product: ID!, body: String!): Review! }
        type Review @key(fields: "id") { id: ID! body: String! product: Product! author: User @provides(fields: "name") }
        type Product @key(fields: "id") { id: ID! reviews: [Review!]! }
        type User @key(fields: "id") { id: ID! name: String! @external }`,
      fields: {
        reviews: () => REVIEWS,
        review: ({ product, body }) => ({ id: "9", body, product: { id: product }, author: null }),
      },
      entities: {
        Product: ({ id }) => ({ id, reviews: REVIEWS.filter(({ product }) => product.id === id) }),
        Review: ({ id }) => REVIEWS.find((review) => review.id === id),
        User: ({ id }) => ({ id }),
      },
    },
    users: {
      sdl: `${link("key", "shareable")} type User @key(fields: "id") { id: ID! name: String! @shareable email: String! }`,
      entities: { User: ({ id }) => ({ id, name: "?", email: `${id}@example.org` }) },
    },
  },
  operations: [
    {
      query: "{ products { name shipping inStock reviews { body author { name } } } }",
      entities: 2,
      data: {
        products: [
          { name: "Kettle", shipping: 6, inStock: true, reviews: [{ body: "boils", author: { name: "Ann" } }] },
          { name: "Anvil", shipping: 0, inStock: false, reviews: [{ body: "heavy", author: { name: "Bob" } }] },
        ],
      },
    },
    {
      query: "query($id: ID!) { it: product(id: $id) { id: name available: inStock reviews { by: author { email } } } }",
      variables: { id: "2" },
      entities: 3,
      data: { it: { id: "Anvil", available: null, reviews: [{ by: { email: "u2@example.org" } }] } },
    },
    {
      query: 'mutation { a: review(product: "1", body: "x") { body product { name } } b: review(product: "2", body: "y") { product { shipping } } }',
      entities: 2,
      data: { a: { body: "x", product: { name: "Kettle" } }, b: { product: { shipping: 0 } } },
    },
  ],
};

const MEDIA = { b: { __typename: "Book", id: "b", title: "Emma", pages: 474 }, f: { __typename: "Film", id: "f", title: "Ran", minutes: 162 } };
const stars = (id) => ({ id, stars: id === "b" ? 4 : 5 });

/** An entity interface, and an @interfaceObject that stands for it elsewhere. */
const media = {
  subgraphs: {
    catalogue: {
      sdl: `${link("key")} type Query { media: [Media!]! }
        interface Media @key(fields: "id") { id: ID! title: String! }
        type Book implements Media @key(fields: "id") { id: ID! title: String! pages: Int! }
        type Film implements Media @key(fields: "id") { id: ID! title: String! minutes: Int! }`,
      fields: { media: () => Object.values(MEDIA) },
      entities: { Book: ({ id }) => MEDIA[id], Film: ({ id }) => MEDIA[id], Media: ({ id }) => MEDIA[id] },
    },
    ratings: {
      sdl: `${link("key", "interfaceObject")} type Query { best: Media }
        type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int! }`,
      fields: { best: () => stars("f") },
      entities: { Media: ({ id }) => stars(id) },
    },
  },
  operations: [
    {
      query: "{ media { __typename title stars ... on Film { minutes } } }",
      entities: 1,
      data: { media: [{ __typename: "Book", title: "Emma", stars: 4 }, { __typename: "Film", title: "Ran", stars: 5, minutes: 162 }] },
    },
    {
      query: "{ best { __typename title stars ... on Film { minutes } ... on Book { pages } } }",
      entities: 1,
      data: { best: { __typename: "Film", title: "Ran", stars: 5, minutes: 162 } },
    },
  ],
};

const POSTS = [{ id: "p", text: "hello", author: { email: "ann@example.org" } }];

/** Several keys, a compound one, @override, @shareable, @inaccessible, an enum and a union. */
const people = {
  subgraphs: {
    people: {
      sdl: `${link("key", "shareable", "inaccessible")} type Query { me: Person }
        type Person @key(fields: "id") @key(fields: "email") { id: ID! email: String! mood: Mood address: Address secret: Int @inaccessible }
        type Address @shareable { city: String! } enum Mood { GLAD SAD }`,
      fields: { me: () => ({ id: "1", email: "ann@example.org", mood: "GLAD", address: { city: "Bonn" } }) },
      entities: { Person: ({ id = "1", email = "ann@example.org" }) => ({ id, email, mood: "GLAD", address: { city: "Bonn" } }) },
    },
    posts: {
      sdl: `${link("key", "shareable")} type Query { search: [Found!]! @shareable }
        union Found = Post | Person
        type Post @key(fields: "id author { email }") { id: ID! text: String! likes: Int author: Person! }
        type Person @key(fields: "email") { email: String! posts: [Post!]! }`,
      fields: { search: () => [{ __typename: "Post", ...POSTS[0], likes: -1 }, { __typename: "Person", email: "ann@example.org" }] },
      entities: { Post: ({ id }) => POSTS.find((post) => post.id === id), Person: ({ email }) => ({ email, posts: POSTS }) },
    },
    likes: {
      sdl: `${link("key", "override", "external")} type Post @key(fields: "id author { email }") {
          id: ID! author: Person! @external likes: Int @override(from: "posts") }
        type Person @key(fields: "email", resolvable: false) { email: String! @external }`,
      entities: { Post: ({ id, author }) => ({ id, author, likes: author.email.length }) },
    },
  },
  operations: [
    {
      query: "{ me { mood address { city } posts { text likes } } }",
      entities: 2,
      data: { me: { mood: "GLAD", address: { city: "Bonn" }, posts: [{ text: "hello", likes: 15 }] } },
    },
    {
      query: "query($skip: Boolean!) { search { __typename ... on Post { likes author { id } } ... on Person { mood @skip(if: $skip) id } } }",
      variables: { skip: true },
      entities: 2,
      data: { search: [{ __typename: "Post", likes: 15, author: { id: "1" } }, { __typename: "Person", id: "1" }] },
    },
  ],
};

export const federations = { shop, media, people };
