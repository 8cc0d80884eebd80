// What a user of Postman does: imports the contract, fills in values, runs the requests.
// Call: `node postman.mjs CONTRACT ADDRESS TENANT EMAIL PASSWORD PDF`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Converter from "openapi-to-postmanv2";
import newman from "newman";

const [contract, baseUrl, tenant, email, password, pdf] = process.argv.slice(2);
const data = readFileSync(contract, "utf8");

function imported() {
  const options = { folderStrategy: "Tags", parametersResolution: "Example" };
  return new Promise((resolve, reject) => {
    Converter.convert({ type: "string", data }, options, (error, done) => {
      if (error || !done.result) reject(error ?? new Error(done.reason));
      else resolve(done.output[0].data);
    });
  });
}

const collection = await imported();
const requests = collection.item.flatMap((folder) => folder.item);
const address = (one) => `${one.request.method} /${one.request.url.path.join("/")}`;
const families = Object.entries(JSON.parse(data).paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`.replace(/{(\w+)}/g, ":$1")),
);
assert.deepEqual(requests.map(address).sort(), families.sort());

// The tenant is in every imported request, but for what is the same for everybody.
for (const one of requests) {
  const named = one.request.header.some((header) => header.key === "X-Tenant-ID" && !header.disabled);
  assert.equal(named, !address(one).includes("/qualiopi/grids"), address(one));
}

// One imported request with the values that its user fills in.
function filled(name, { status = 200, body, file, ids = {}, query = {}, keep = {} }) {
  const found = requests.find((one) => address(one) === name);
  assert(found, name);
  const one = structuredClone({ ...found, response: [] });
  const { request } = one;
  for (const header of request.header) {
    if (header.key === "X-Tenant-ID") header.value = tenant;
    if (["If-Match", "If-None-Match", "Idempotency-Key"].includes(header.key)) header.disabled = true;
  }
  for (const variable of request.url.variable ?? []) variable.value = ids[variable.key];
  for (const part of request.url.query ?? []) {
    part.disabled = !(part.key in query);
    part.value = query[part.key];
  }
  if (body) request.body.raw = JSON.stringify(body);
  if (file) request.body.formdata.find((part) => part.type === "file").src = file;
  const lines = [
    `pm.test("answers ${status}", () => pm.response.to.have.status(${status}));`,
    ...Object.entries(keep).map(([name, path]) => `pm.variables.set("${name}", pm.response.json().${path});`),
  ];
  one.event = [{ listen: "test", script: { type: "text/javascript", exec: lines } }];
  return one;
}

const PLANS = "/api/v1/improvement-plans";
const planId = "{{planId}}";
const closure = { body: { summary: "Délai réduit.", outcomes: ["- 42 %"] }, ids: { planId } };
const plan = { title: "Raccourcir les délais", trigger: "FEEDBACK", targetDate: "2026-12-31", owner: "{{me}}" };
const steps = [
  filled("POST /api/v1/auth/login", { body: { email, password }, keep: { bearerToken: "data.accessToken" } }),
  filled("GET /api/v1/auth/me", { keep: { me: "data.id" } }),
  filled(`POST ${PLANS}`, {
    status: 201,
    body: { ...plan, actions: [{ description: "Écouter" }] },
    keep: { planId: "data.id", actionId: "data.actions[0].id" },
  }),
  filled(`PATCH ${PLANS}/:planId`, { body: { status: "IN_PROGRESS" }, ids: { planId } }),
  filled(`POST ${PLANS}/:planId/attachments`, { status: 201, file: pdf, ids: { planId } }),
  filled(`POST ${PLANS}/:planId/close`, { ...closure, status: 409 }),
  filled(`PATCH ${PLANS}/:planId/actions/:actionId`, {
    body: { status: "DONE" },
    ids: { planId, actionId: "{{actionId}}" },
  }),
  filled(`POST ${PLANS}/:planId/close`, closure),
  filled(`POST ${PLANS}`, { status: 201, body: plan, keep: { planId: "data.id" } }),
  filled(`GET ${PLANS}`, { query: { status: "DRAFT", page: "1", perPage: "1" }, keep: { total: "meta.total" } }),
  filled(`DELETE ${PLANS}/:planId`, { status: 204, ids: { planId } }),
  filled(`GET ${PLANS}/:planId`, { status: 404, ids: { planId } }),
];
// Each family: what only reads and needs no id.
const reading = requests.map(address).filter((name) => name.startsWith("GET ") && !name.includes(":"));
const isCompanys = (name) => name.includes("/company/");
const others = reading.filter((name) => !isCompanys(name));
steps.push(...others.map((name) => filled(name, {})));
// There the same variable holds the session.
const opened = { body: { email, password }, keep: { apiKey: "sessionId" } };
steps.push(filled("POST /api/v1/company/session", opened));
steps.push(...reading.filter(isCompanys).map((name) => filled(name, {})));

newman.run(
  {
    collection: { ...collection, item: steps },
    // `apiKey` is how an import names the value of the tenant's scheme, which login asks for alone.
    envVar: [
      { key: "baseUrl", value: baseUrl },
      { key: "apiKey", value: tenant },
    ],
    insecureFileRead: true,
  },
  (error, summary) => {
    if (error) throw error;
    const { executions, failures } = summary.run;
    assert.deepEqual(failures.map((one) => [one.source?.name, one.error.message]), []);
    assert.equal(executions.length, steps.length);
    assert(reading.length > 30);
    console.log("done");
  },
);
