// The judges: other people's composers, asked as libraries. They are run in tests and never shipped.
import { createRequire } from "node:module";

// Both through `require`, so that they share one copy of graphql-js.
const require = createRequire(import.meta.url);
const { GraphQLError, parse } = require("graphql");

export const FIRST = "@apollo/composition";
export const SECOND = "@theguild/federation-composition";

/**
 * What a judge says of `[{ name, url, sdl }]`: `{ codes, supergraph, crash }`. No codes mean that it composes; `crash`
 * is the message of an error that is a fault of the judge and not of the subgraphs.
 */
export function ask(judge, subgraphs) {
  try {
    const services = subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
    const { errors, supergraphSdl } = require(judge).composeServices(services);
    if (!errors?.length) return { codes: [], supergraph: supergraphSdl };
    return { codes: [...new Set(errors.map((error) => error.extensions?.code ?? "WITHOUT_CODE"))].sort() };
  } catch (error) {
    // A text that does not parse never reaches the judge; it is what all of them call invalid.
    if (error instanceof GraphQLError) return { codes: ["INVALID_GRAPHQL"] };
    return { codes: ["CRASH"], crash: String(error.message).split("\n")[0].slice(0, 100) };
  }
}

/** A verdict in a word or two, for tables and for the list of exceptions. */
export const inWords = ({ codes }) => (codes.length ? codes.join(" ") : "composes");

/** Whether two verdicts are the same to someone who composes: both compose, or they share a reason not to. */
export const agrees = (ours, theirs) =>
  ours.codes.length === 0 ? theirs.codes.length === 0 : ours.codes.some((code) => theirs.codes.includes(code));
