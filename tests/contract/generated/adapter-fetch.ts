// `typescript-fetch`: calls answer with what was read, days are dates.
import { ProblemFromJSON, ResponseError } from "./client/index.js";
import type { Problem } from "./client/index.js";

export function body<T>(call: Promise<T>): Promise<T> {
  return call;
}

export function day(text: string): Date {
  return new Date(`${text}T00:00:00`); // midnight here, as the client reads and writes it
}

export async function refusal(reason: unknown): Promise<[number, Problem]> {
  if (!(reason instanceof ResponseError)) throw reason;
  return [reason.response.status, ProblemFromJSON(await reason.response.json())];
}
