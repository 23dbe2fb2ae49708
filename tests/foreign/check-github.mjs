// Checks answers of the GitHub stand-in against GitHub's own descriptions: REST against
// @octokit/openapi, queries and answers of GraphQL against @octokit/graphql-schema.
//
// Reads a JSON array of {method, route, status, asked, body} from standard input; writes
// {"checked": N, "kinds": [...], "problems": [...]} to standard output.

import { readFileSync } from "node:fs";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { buildSchema, execute, parse, validate } from "graphql";

const file = (name) => readFileSync(new URL(`./node_modules/${name}`, import.meta.url), "utf8");

// OpenAPI 3.0 says `nullable`, JSON Schema says `null` is one of the types.
function plain(schema) {
  if (Array.isArray(schema)) return schema.map(plain);
  if (schema === null || typeof schema !== "object") return schema;
  const { nullable, example, examples, discriminator, ...rest } = schema;
  for (const key of Object.keys(rest)) rest[key] = plain(rest[key]);
  // Version 23.0.2 says in one place that an account is a user and an enterprise at once.
  const titles = (rest.allOf ?? []).map((one) => one.title);
  if (titles.join() === "Simple User,Enterprise") {
    rest.anyOf = rest.allOf;
    delete rest.allOf;
  }
  if (nullable !== true) return rest;
  return { anyOf: [rest, { type: "null" }] };
}

const api = JSON.parse(file("@octokit/openapi/generated/api.github.com.json"));
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
addFormats(ajv);
ajv.addSchema({ $id: "api", components: { schemas: plain(api.components.schemas) } });

const local = (schema) =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/'));

const validators = new Map();
function validator(method, route, status) {
  const key = `${method} ${route} ${status}`;
  if (validators.has(key)) return validators.get(key);
  const operation = api.paths[route]?.[method.toLowerCase()];
  let described = operation?.responses?.[status];
  if (described?.$ref) {
    described = api.components.responses[described.$ref.split("/").pop()];
  }
  let schema = described?.content?.["application/json"]?.schema;
  let found;
  if (!operation) {
    found = { problem: "there is no such operation" };
  } else if (schema) {
    found = { check: ajv.compile(local(plain(schema))) };
  } else if (described || status >= 400 || status === 307) {
    // Errors that an operation does not name have the common shape; what has no body is empty.
    found =
      status >= 300 && status !== 304
        ? { check: ajv.getSchema("api#/components/schemas/basic-error") }
        : { empty: true };
  } else {
    found = { problem: `status ${status} is not described` };
  }
  validators.set(key, found);
  return found;
}

const graph = buildSchema(file("@octokit/graphql-schema/schema.graphql"), { assumeValid: true });

// Answers the query again, by the schema and from what was answered: what does not fit its types, or
// is null where it must not be, is an error.
function checkGraphql(asked, body) {
  const document = parse(asked.query);
  const problems = validate(graph, document).map((error) => error.message);
  if (problems.length > 0) return body.data ? problems : [];
  const answered = JSON.stringify(body.data ?? null);
  if (!answered.includes("__typename")) return problems;
  const result = execute({
    schema: graph, document, rootValue: body.data, variableValues: asked.variables,
    typeResolver: (value) => value.__typename,
    fieldResolver: (source, _args, _context, info) => source[info.path.key] ?? null,
  });
  return problems.concat((result.errors ?? []).map((error) => error.message));
}

const exchanges = JSON.parse(readFileSync(0, "utf8"));
const problems = [];
const kinds = new Set();
for (const { method, route, status, asked, body } of exchanges) {
  const kind = `${method} ${route} ${status}`;
  kinds.add(kind);
  const tell = (why) => problems.push(`${kind}: ${why}`);
  if (route === "/graphql") {
    if (status === 200) checkGraphql(asked, body).forEach(tell);
    continue;
  }
  const { check, empty, problem } = validator(method, route, status);
  if (problem) tell(problem);
  else if (empty && body !== null) tell("there should be no body");
  else if (check && !check(body)) {
    for (const { instancePath, message, params } of check.errors.slice(0, 6)) {
      tell(`${instancePath || "the body"} ${message} ${JSON.stringify(params)}`);
    }
  }
}
const told = { checked: exchanges.length, kinds: [...kinds].sort(), problems };
process.stdout.write(JSON.stringify(told));
