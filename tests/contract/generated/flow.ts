// What an integrator does, by OpenAPI Generator's `typescript-axios` or `typescript-fetch` client alone.
// Call: `node build/flow.js ADDRESS TENANT EMAIL PASSWORD PDF`; the client is in `client`, and
// `adapter.ts` says in what the two differ.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { body, day, refusal } from "./adapter.js";
import * as client from "./client/index.js";

const [basePath, tenant, email, password, pdf] = process.argv.slice(2);
assert(basePath && tenant && email && password && pdf);

// A function, not a text: each header that names somebody asks it for its own value.
function configured(keys: Record<string, string>, accessToken?: string): client.Configuration {
  return new client.Configuration({
    basePath,
    apiKey: (name: string) => keys[name] ?? "",
    ...(accessToken ? { accessToken } : {}),
  });
}

async function refused(status: number, code: string, call: Promise<unknown>): Promise<void> {
  const reason: unknown = await call.then(() => null, (error: unknown) => error);
  const [answered, problem] = await refusal(reason);
  assert.deepEqual([answered, problem.code], [status, code]);
}

const nobody = new client.AuthApi(configured({ "X-Tenant-ID": tenant }));
const session = (await body(nobody.login({ loginInput: { email, password } }))).data;
const configuration = configured({ "X-Tenant-ID": tenant }, session.accessToken);
const me = (await body(new client.AuthApi(configuration).getMe())).data;
assert.equal(me.role, client.Role.Admin);

// Create a plan, start it, upload a file, close it too early, then as it must be.
const plans = new client.ImprovementsApi(configuration);
const planInput: client.PlanInput = {
  title: "Raccourcir les délais",
  trigger: client.Trigger.Feedback,
  targetDate: day("2026-12-31"),
  owner: me.id,
  actions: [{ description: "Écouter", dueDate: day("2026-10-01") }],
};
const plan = (await body(plans.createImprovementPlan({ planInput }))).data;
assert.equal(plan.startedAt, null);
const planId = plan.id;
const planChanges: client.PlanChanges = { status: client.PlanStatus.InProgress };
await plans.updateImprovementPlan({ planId, planChanges });
const content = readFileSync(pdf);
const file = new File([content], "compte-rendu.pdf", { type: "application/pdf" });
const kept = (await body(plans.addAttachment({ planId, file }))).data;
assert.deepEqual([kept.name, kept.size], ["compte-rendu.pdf", content.length]);
const closureInput: client.ClosureInput = { summary: "Délai réduit.", outcomes: ["- 42 %"] };
await refused(409, "OPEN_ACTIONS", plans.closeImprovementPlan({ planId, closureInput }));
const actionChanges: client.ActionChanges = { status: client.ActionStatus.Done };
for (const action of plan.actions) {
  await plans.updateCorrectiveAction({ planId, actionId: action.id, actionChanges });
}
const closed = (await body(plans.closeImprovementPlan({ planId, closureInput }))).data;
assert.equal(closed.status, client.PlanStatus.Completed);
assert.deepEqual(closed.closureReport?.outcomes, closureInput.outcomes);

// Create drafts, turn the pages of the list, delete the drafts.
const drafts: string[] = [];
for (let count = 0; count < 3; count++) {
  const draft: client.PlanInput = { ...planInput, title: "Brouillon", actions: [] };
  drafts.push((await body(plans.createImprovementPlan({ planInput: draft }))).data.id);
}
const found = new Set<string>();
for (let page = 1; ; page++) {
  const status = client.PlanStatus.Draft;
  const list = await body(plans.listImprovementPlans({ status, page, perPage: 2 }));
  list.data.forEach((one) => found.add(one.id));
  if (list.data.length === 0) {
    assert.equal(list.meta.total, found.size);
    break;
  }
}
assert(drafts.every((one) => found.has(one)));
for (const draft of drafts) {
  await plans.deleteImprovementPlan({ planId: draft });
  await refused(404, "NOT_FOUND", plans.getImprovementPlan({ planId: draft }));
}

// Open a company session; work with its `SessionId` alone.
const company = new client.ActionPlansApi(configured({ "X-Tenant-ID": tenant }));
const opened = await body(company.openCompanySession({ credentialsInput: { email, password } }));
const theirs = new client.ActionPlansApi(configured({ SessionId: opened.sessionId }));
const team = await body(theirs.createActionPlan({ actionPlanInput: { title: "Équipe" } }));
const companyActionInput: client.CompanyActionInput = {
  planId: team.id,
  title: "Accueil",
  dueDate: day("2099-06-30"),
};
const made = await body(theirs.createAction({ companyActionInput }));
assert.deepEqual(made.dueDate, day("2099-06-30"));
await theirs.deleteActionPlan({ planId: team.id });

// Make each call that only reads and needs no id, one family after the other.
const BEYOND_READING = /Raw$|RequestOpts$/;
let count = 0;
for (const [name, family] of Object.entries(client)) {
  if (!name.endsWith("Api") || name === "BaseAPI") continue;
  const prototype = (family as unknown as { prototype: object }).prototype;
  const instance = new (family as new (of: client.Configuration) => object)(configuration);
  for (const method of Object.getOwnPropertyNames(prototype)) {
    const call = Reflect.get(instance, method) as (...of: unknown[]) => Promise<unknown>;
    if (!/^(list|get)/.test(method) || BEYOND_READING.test(method)) continue;
    if (takesAnId(call)) continue;
    await call.call(instance);
    count++;
  }
}
assert(count > 30, `only ${count} calls`);
console.log("done");

// Calls that need something take a first argument without a default.
function takesAnId(call: (...of: unknown[]) => unknown): boolean {
  return /^(async )?\w+\((requestParameters)(,|\))/.test(call.toString());
}
