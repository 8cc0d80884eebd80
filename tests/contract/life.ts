// The whole life of a plan, by the generated client alone: `node build/life.js <address>`.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

type Problem = components["schemas"]["Problem"];

const [baseUrl, tenant, email, password] = process.argv.slice(2);
assert(baseUrl && tenant && email && password);
const api = createClient<paths>({ baseUrl, headers: { "X-Tenant-ID": tenant } });
const plans = "/api/v1/improvement-plans";

function data<T>(answer: { data?: { data: T }; error?: Problem }): T {
  assert(answer.data, `${answer.error?.code}: ${answer.error?.detail}`);
  return answer.data.data;
}

const session = data(await api.POST("/api/v1/auth/login", { body: { email, password } }));
api.use({
  onRequest({ request }) {
    request.headers.set("Authorization", `Bearer ${session.accessToken}`);
    return request;
  },
});
const me = data(await api.GET("/api/v1/auth/me"));
assert.equal(me.role, "ADMIN");
assert.equal(data(await api.GET("/api/v1/tenants/current")).slug, tenant);

const plan = data(
  await api.POST(plans, {
    body: {
      title: "Raccourcir les délais de réponse",
      trigger: "FEEDBACK",
      targetDate: "2026-12-31",
      owner: me.id,
      actions: [
        { description: "Mesurer les délais", dueDate: "2026-10-01" },
        { description: "Revoir l’accueil" },
      ],
    },
  }),
);
assert.equal(plan.status, "DRAFT");
assert.equal(plan.startedAt, null);
const path = { planId: plan.id };

const started = data(
  await api.PATCH(`${plans}/{planId}`, { params: { path }, body: { status: "IN_PROGRESS" } }),
);
assert.ok(started.startedAt);

const added = data(
  await api.POST(`${plans}/{planId}/actions`, {
    params: { path },
    body: { description: "Former l’équipe", owner: me.id },
  }),
);
assert.equal(added.status, "TODO");
assert.ok(!("completedAt" in added));

const closure = { summary: "Délai moyen passé de 12 h à 3 h 20.", outcomes: ["- 42 %"] };
const tooEarly = await api.POST(`${plans}/{planId}/close`, { params: { path }, body: closure });
assert.equal(tooEarly.response.status, 409);
assert.equal(tooEarly.error?.code, "OPEN_ACTIONS");

for (const action of data(await api.GET(`${plans}/{planId}`, { params: { path } })).actions) {
  const done = data(
    await api.PATCH(`${plans}/{planId}/actions/{actionId}`, {
      params: { path: { ...path, actionId: action.id } },
      body: { status: "DONE" },
    }),
  );
  assert.ok(done.completedAt);
}
const closed = data(await api.POST(`${plans}/{planId}/close`, { params: { path }, body: closure }));
assert.equal(closed.status, "COMPLETED");
assert.deepEqual(closed.closureReport?.outcomes, closure.outcomes);
const archived = data(
  await api.PATCH(`${plans}/{planId}`, { params: { path }, body: { status: "ARCHIVED" } }),
);
assert.equal(archived.closedAt, closed.closedAt);

const stats = data(await api.GET(`${plans}/stats`, { params: { query: { from: "2026-01-01" } } }));
assert.ok(stats.byTrigger.FEEDBACK >= 1 && stats.completionRate <= 1);
const list = await api.GET(plans, {
  params: { query: { status: "ARCHIVED", trigger: "FEEDBACK", perPage: 5 } },
});
assert.ok(data(list).some((one) => one.id === plan.id));
assert.equal(list.data?.meta.perPage, 5);

const draft = data(
  await api.POST(plans, {
    body: { title: "Brouillon", trigger: "AUDIT", targetDate: "2026-12-31", owner: me.id },
  }),
);
const gone = { path: { planId: draft.id } };
const deleted = await api.DELETE(`${plans}/{planId}`, { params: gone });
assert.equal(deleted.response.status, 204);
const missing = await api.GET(`${plans}/{planId}`, { params: gone });
assert.equal(missing.error?.code, "NOT_FOUND");
console.log("lived");
