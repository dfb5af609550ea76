// Random federations: small, and made of what composers disagree on most: keys, externals, requirements, provisions,
// overrides, interface objects, abstract types and inputs that differ. A seed gives the same one for ever.
import { Lottery } from "./lottery.mjs";

const IMPORTS =
  "@key @requires @provides @external @shareable @override @inaccessible @interfaceObject @tag @authenticated " +
  "@requiresScopes @policy @cost @listSize";
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ${JSON.stringify(IMPORTS.split(" "))})\n`;

/** Every field that a subgraph can choose to have, by type. */
const FIELDS = {
  C: { p: "Int", q: "Int", r: "B", e: "E" },
  B: { x: "Int", z: "Int", a: "A", c: "C", is: "[I]" },
  A: { x: "Int", y: "String", b: "B", bs: "[B!]", u: "U", i: "I", e: "E", c: "C", s: "S" },
};
const LEAVES = ["Int", "String", "E", "S", "ID"];
const named = (type) => type.replace(/[[\]!]/g, "");

/** `[{ name, url, sdl }]` */
export function randomFederation(seed) {
  const plan = new Plan(new Lottery(seed));
  return plan.names.map((name) => {
    const sdl = new SubgraphWriter(plan, name).write();
    const isFederation1 = plan.mayBeFederation1 && plan.lots.chance(0.7);
    return { name, url: `http://${name}`, sdl: isFederation1 ? asFederation1(sdl) : LINK + sdl };
  });
}

/** Federation 1 knows keys, externals, requirements and provisions only. */
const asFederation1 = (sdl) =>
  sdl
    .replace(/ @(shareable|inaccessible|authenticated|interfaceObject)\b/g, "")
    .replace(/ @(override|requiresScopes|policy|cost|listSize)\([^)]*\)/g, "")
    .replace(/, resolvable: false/g, "");

/** What all subgraphs of one federation have in common, and who has what. */
class Plan {
  constructor(lots) {
    this.lots = lots;
    this.names = ["a", "b", "c", "d"].slice(0, lots.pick([2, 2, 2, 3, 3, 4]));
    /** Most federations hold together as far as one subgraph can see; the others are wrong in many ways. */
    this.isCareful = lots.chance(0.75);
    this.interfaceObjectAt = lots.chance(0.25) ? lots.pick(this.names) : null;
    this.mayBeFederation1 = !this.interfaceObjectAt && lots.chance(0.3);
    this.commonKeys = this.isCareful || lots.chance(0.4) ? { A: [lots.pick(["id", "id", "sku", "id sku"])], B: ["id"] } : {};
    this.hasMutations = lots.chance(0.2);
    this.hasAuthorization = lots.chance(0.15);
    this.hasLabels = lots.chance(0.3);
    this.hasHidden = lots.chance(0.3);
    this.has = Object.fromEntries(this.names.map((name) => [name, this.chooseTypes(name)]));
    this.resolved = new Set();
    for (const [type, fields] of Object.entries(FIELDS)) {
      for (const field of Object.keys(fields)) {
        for (const name of this.names) if (lots.chance(0.45)) this.resolved.add(`${name} ${type}.${field}`);
      }
    }
  }

  chooseTypes(name) {
    const { lots } = this;
    const odds = { A: 0.8, B: 0.8, C: 0.5, I: 0.5, U: 0.4, E: 0.4, S: 0.3, In: 0.3 };
    const has = Object.fromEntries(Object.entries(odds).map(([type, odd]) => [type, lots.chance(odd)]));
    if (!has.A && !has.B) has.A = true;
    // The interface is known as such in one subgraph, with everything that implements it, where another one has it as
    // an object; a subgraph cannot have both.
    const isTold = this.interfaceObjectAt && this.isCareful;
    const tells = this.names.find((other) => other !== this.interfaceObjectAt);
    if (name === this.interfaceObjectAt) Object.assign(has, { I: true, A: !isTold && lots.chance(0.3), B: false });
    else if (isTold) Object.assign(has, name === tells ? { I: true, A: true, B: true } : { I: false });
    has.U &&= has.A && has.B;
    has.implementsI = { A: has.I && has.A, B: has.I && has.B && (isTold || lots.chance(0.5)), C: false };
    if (name === this.interfaceObjectAt) has.implementsI = {};
    return has;
  }

  resolves(name, type, field) {
    return this.has[name][type] && this.resolved.has(`${name} ${type}.${field}`);
  }

  others(name) {
    return this.names.filter((other) => other !== name);
  }
}

class SubgraphWriter {
  constructor(plan, name) {
    Object.assign(this, { plan, name, lots: plan.lots, has: plan.has[name] });
    /** Leaf fields written so far, by type. */
    this.leaves = { A: [], B: [], C: [] };
  }

  write() {
    const objects = Object.keys(FIELDS).filter((type) => this.has[type]).map((type) => this.object(type));
    const hasMutation = this.plan.hasMutations && this.lots.chance(0.6);
    return [this.root("Query"), hasMutation ? this.root("Mutation") : "", ...objects, this.interface(), this.leafTypes()].join("");
  }

  knows(type) {
    return this.has[named(type)] ?? true;
  }

  shareable(odds = 0.98) {
    return this.lots.chance(this.plan.isCareful ? odds : odds - 0.05) ? " @shareable" : "";
  }

  root(kind) {
    const { lots, name } = this;
    const fields = [];
    const add = (odds, type, field, rest = "") => {
      // Mutations are not shared: the first judge forgets faults of queries that a shared one has as well.
      const own = kind === "Query" ? field : `m_${name}_${field}`;
      if (lots.chance(odds) && this.knows(type)) fields.push(`${own}: ${type}${rest}`);
    };
    add(0.7, "A", lots.chance(0.3) ? `a_${name}` : "a", this.provides() + this.shareable());
    add(0.4, "B", "b", this.shareable());
    add(0.4, "I", `i_${name}`);
    add(0.2, "[I!]", "is", this.shareable());
    add(0.4, "U", "u", this.shareable());
    add(0.3, lots.pick(["E", "Int"]), `e_${name}`);
    add(0.2, "Int", `n(${this.arguments()})`, this.shareable());
    if (!fields.length && (kind === "Mutation" || lots.chance(0.5))) return "";
    if (!fields.length) fields.push(`n_${name}: Int`);
    return `type ${kind} {\n  ${fields.join("\n  ")}\n}\n`;
  }

  provides() {
    const { lots, plan } = this;
    if (!lots.chance(plan.isCareful ? 0.03 : 0.1)) return "";
    return ` @provides(fields: "${lots.pick(["x", "y", "b { x }", "c { p }", "x y"])}")`;
  }

  arguments() {
    const { lots, plan } = this;
    const all = [plan.isCareful ? "n: Int" : lots.pick(["n: Int", "n: Int!", "n: Int = 3", "n: Int! = 4"])];
    if (this.has.E && lots.chance(0.4)) all.push("e: E");
    if (this.has.In && lots.chance(0.4)) all.push(lots.pick(plan.isCareful ? ["in: In"] : ["in: In", "in: In!"]));
    return all.join(", ");
  }

  keys(type) {
    const { lots, plan } = this;
    if (type === "C") return [];
    if (this.has.implementsI[type] && plan.interfaceObjectAt && plan.isCareful) return ["id"];
    if (plan.commonKeys[type] && lots.chance(0.8)) return plan.commonKeys[type];
    const drawn = lots.draw();
    if (drawn < 0.5) return ["id"];
    if (drawn < 0.65) return ["sku"];
    if (drawn < 0.75) return ["id", "sku"];
    if (drawn < 0.82) return ["id sku"];
    if (drawn < 0.86 && this.has.C) return [`c { ${lots.pick(this.leaves.C.length ? this.leaves.C : ["p"])} }`];
    return [];
  }

  object(type) {
    const { lots, plan } = this;
    const keys = this.keys(type);
    const resolvable = lots.chance(0.92) ? "" : ", resolvable: false";
    const isElsewhere = plan.others(this.name).some((other) => plan.has[other][type]);
    const isExtension = keys.length > 0 && isElsewhere && lots.chance(0.06);
    const fields = this.keyFields(type, keys);
    for (const [field, fieldType] of Object.entries(FIELDS[type])) {
      const isKey = keys.some((key) => key.split(" ")[0] === field);
      if (!isKey && this.knows(fieldType)) fields.push(...this.field(type, field, fieldType, keys));
    }
    if (!fields.length) fields.push(`only_${this.name}: Int`);
    const head = [
      `${isExtension ? "extend " : ""}type ${type}`,
      this.has.implementsI[type] ? "implements I" : "",
      ...keys.map((key) => `@key(fields: "${key}"${resolvable})`),
      plan.hasAuthorization && lots.chance(0.15) ? "@authenticated" : "",
    ];
    return `${head.filter(Boolean).join(" ")} {\n  ${fields.join("\n  ")}\n}\n`;
  }

  keyFields(type, keys) {
    const own = new Set(keys.flatMap((key) => key.split(/ \{.*\}| /)).filter(Boolean));
    const names = new Set(this.has.implementsI[type] ? [...own, "id"] : own);
    return [...names].map((field) => {
      const mark = own.has(field) ? (this.lots.chance(0.02) ? " @external" : "") : this.shareable(0.9);
      if (field !== "c") this.leaves[type].push(field);
      return `${field}: ${field === "c" ? "C" : "ID"}${mark}`;
    });
  }

  /** The field with what belongs to it; nothing when the subgraph does not have it. */
  field(type, field, fieldType, keys) {
    const { lots, plan, name } = this;
    const isResolved = plan.resolves(name, type, field);
    const isElsewhere = plan.others(name).some((other) => plan.resolves(other, type, field));
    if (!isResolved) {
      const isWanted = keys.length > 0 && (isElsewhere || !plan.isCareful) && lots.chance(0.15);
      return isWanted ? this.external(type, field, fieldType) : [];
    }
    let written = fieldType;
    if (!plan.isCareful && lots.chance(0.03)) written = lots.pick(["Int", "String"]);
    else if (lots.chance(0.1) && !written.endsWith("]")) written += "!";
    const isLeaf = LEAVES.includes(named(fieldType));
    const argued = isLeaf && lots.chance(0.04) ? `(${this.arguments()})` : "";
    if (isLeaf && !argued) this.leaves[type].push(field);
    return [`${field}${argued}: ${written}${this.shareable()}${this.directives()}`];
  }

  directives() {
    const { lots, plan, name } = this;
    let text = "";
    if (lots.chance(plan.hasLabels ? 0.12 : 0.04)) {
      const label = plan.hasLabels && lots.chance(0.8) ? `, label: "percent(${lots.pick([5, 50])})"` : "";
      text += ` @override(from: "${lots.pick(plan.others(name))}"${label})`;
    }
    if (plan.hasHidden && lots.chance(0.04)) text += " @inaccessible";
    if (plan.hasAuthorization && lots.chance(0.1)) {
      text += lots.pick([" @authenticated", ' @requiresScopes(scopes: [["s"]])', ' @policy(policies: [["p"], ["q"]])']);
    }
    if (lots.chance(0.05)) text += lots.pick([` @tag(name: "${name}")`, ` @cost(weight: ${lots.pick([1, 5])})`]);
    return text;
  }

  /** An external field, mostly with something that needs it. */
  external(type, field, fieldType) {
    const { lots, plan, name } = this;
    const known = this.leaves[named(fieldType)] ?? [];
    const inner = plan.isCareful ? ["__typename", ...known] : ["x", "p", "id", "__typename", "... on A { x }"];
    const below = LEAVES.includes(named(fieldType)) ? "" : ` { ${lots.pick(inner)} }`;
    const written = [`${field}: ${fieldType} @external`];
    if (lots.chance(plan.isCareful ? 0.98 : 0.8)) {
      written.push(`req_${name}_${field}: Int @requires(fields: "${field}${below}")`);
    }
    return written;
  }

  interface() {
    const { lots, name, plan } = this;
    if (!this.has.I) return "";
    if (name === plan.interfaceObjectAt) {
      const asks = plan.hasAuthorization && lots.chance(0.5) ? " @authenticated" : "";
      return `type I @interfaceObject @key(fields: "id") {\n  id: ID\n  io_${name}: Int${asks}\n}\n`;
    }
    const isEntity = plan.interfaceObjectAt && lots.chance(plan.isCareful ? 1 : 0.8);
    const key = isEntity ? ' @key(fields: "id")' : "";
    let text = `interface I${key} {\n  id: ID\n}\n`;
    const isImplemented = this.has.implementsI.A || this.has.implementsI.B;
    if (!isImplemented || lots.chance(0.1)) text += `type OnlyI${name} implements I${key} {\n  id: ID\n}\n`;
    return text;
  }

  leafTypes() {
    const { lots, has, plan } = this;
    const text = [];
    if (has.U) text.push(`union U = ${lots.pick(["A", "A | B", "A | B", "B"])}`);
    if (has.E) text.push(`enum E { ${lots.pick(plan.isCareful ? ["X Y"] : ["X Y", "X", "X Y Z"])} }`);
    if (has.S) text.push("scalar S");
    const inputs = ["n: Int", "n: Int = 1", "n: Int\n  m: Int", ...(plan.isCareful ? [] : ["n: Int!", "n: Int\n  m: Int!"])];
    if (has.In) text.push(`input In { ${lots.pick(inputs)} }`);
    return text.map((line) => `${line}\n`).join("");
  }
}
