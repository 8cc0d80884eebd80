// What an integrator does, by hey-api's `@hey-api/openapi-ts` client alone, over fetch.
// Call: `node build/flow.js ADDRESS TENANT EMAIL PASSWORD PDF CONTRACT`; the client is in `client`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { client } from "./client/client.gen.js";
import * as api from "./client/index.js";
import type { PlanInput, Problem } from "./client/index.js";

const [baseUrl, tenant, email, password, pdf, contract] = process.argv.slice(2);
assert(baseUrl && tenant && email && password && pdf && contract);
client.setConfig({ baseUrl, headers: { "X-Tenant-ID": tenant } });

interface Answer<T> {
  data: T | undefined;
  error: unknown;
  response: Response | undefined;
}

function body<T>(answer: Answer<T>): T {
  assert(answer.data, JSON.stringify(answer.error));
  return answer.data;
}

function refused(status: number, code: string, answer: Answer<unknown>): void {
  assert.deepEqual([answer.response?.status, (answer.error as Problem).code], [status, code]);
}

const session = body(await api.login({ body: { email, password } })).data;
client.setConfig({ auth: (scheme) => (scheme.type === "http" ? session.accessToken : undefined) });
const me = body(await api.getMe()).data;
assert.equal(me.role, "ADMIN");

// Create a plan, start it, upload a file, close it too early, then as it must be.
const draft: PlanInput = {
  title: "Raccourcir les délais",
  trigger: "FEEDBACK",
  targetDate: "2026-12-31",
  owner: me.id,
};
const input: PlanInput = { ...draft, actions: [{ description: "Écouter", dueDate: "2026-10-01" }] };
const plan = body(await api.createImprovementPlan({ body: input })).data;
const path = { planId: plan.id };
body(await api.updateImprovementPlan({ path, body: { status: "IN_PROGRESS" } }));
const content = readFileSync(pdf);
const file = new File([content], "compte-rendu.pdf", { type: "application/pdf" });
const kept = body(await api.addAttachment({ path, body: { file } })).data;
assert.deepEqual([kept.name, kept.size], ["compte-rendu.pdf", content.length]);
const closure = { summary: "Délai réduit.", outcomes: ["- 42 %"] };
refused(409, "OPEN_ACTIONS", await api.closeImprovementPlan({ path, body: closure }));
for (const action of plan.actions) {
  const one = { ...path, actionId: action.id };
  body(await api.updateCorrectiveAction({ path: one, body: { status: "DONE" } }));
}
const closed = body(await api.closeImprovementPlan({ path, body: closure })).data;
assert.equal(closed.status, "COMPLETED");

// Create drafts, turn the pages of the list, delete the drafts.
const drafts: string[] = [];
for (let count = 0; count < 3; count++) {
  drafts.push(body(await api.createImprovementPlan({ body: draft })).data.id);
}
const found = new Set<string>();
for (let page = 1; ; page++) {
  const query = { status: "DRAFT", page, perPage: 2 } as const;
  const list = body(await api.listImprovementPlans({ query }));
  list.data.forEach((one) => found.add(one.id));
  if (list.data.length === 0) break;
}
assert(drafts.every((one) => found.has(one)));
for (const planId of drafts) {
  const gone = await api.deleteImprovementPlan({ path: { planId } });
  assert.equal(gone.response?.status, 204);
  refused(404, "NOT_FOUND", await api.getImprovementPlan({ path: { planId } }));
}

// Open a company session; work with it.
const opened = body(await api.openCompanySession({ body: { email, password } }));
const headers = { SessionId: opened.sessionId };
const team = body(await api.createActionPlan({ body: { title: "Équipe" }, headers }));
const action = { planId: team.id, title: "Accueil", dueDate: "2099-06-30" };
assert.equal(body(await api.createAction({ body: action, headers })).dueDate, "2099-06-30");
await api.deleteActionPlan({ path: { planId: team.id }, headers });

// Make each call that only reads and needs no id, one family after the other.
interface Operation {
  operationId: string;
}
const document = JSON.parse(readFileSync(contract, "utf8")) as {
  paths: Record<string, { get?: Operation }>;
};
const calls = api as unknown as Record<string, () => Promise<Answer<unknown>>>;
let count = 0;
for (const [address, { get }] of Object.entries(document.paths)) {
  const call = get && !address.includes("{") ? calls[get.operationId] : undefined;
  if (!call) continue;
  body(await call());
  count++;
}
assert(count > 30, `only ${count} calls`);
console.log("done");
