// `typescript-axios`: calls answer with axios' responses, days are texts.
import axios from "axios";
import type { AxiosResponse } from "axios";
import type { Problem } from "./client/index.js";

export async function body<T>(call: Promise<AxiosResponse<T>>): Promise<T> {
  return (await call).data;
}

export function day(text: string): string {
  return text;
}

export async function refusal(reason: unknown): Promise<[number, Problem]> {
  if (!axios.isAxiosError<Problem>(reason) || !reason.response) throw reason;
  return [reason.response.status, reason.response.data];
}
