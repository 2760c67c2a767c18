import { type Clock, systemClock } from "../clock.ts";

/** What a function finds where it runs. */
export type Platform = {
  clock: Clock;
  environment: Record<string, string | undefined>;
  /** Writes a line to the function's log. */
  write(line: string): void;
};

/** Lambda. */
export const lambdaPlatform: Platform = {
  clock: systemClock,
  environment: process.env,
  write: (line) => process.stdout.write(`${line}\n`),
};

/** What the SDK's clients are made with: what Lambda puts into every function's environment. */
export function awsConfig({ environment }: Platform) {
  return {
    region: variable(environment, "AWS_REGION"),
    credentials: {
      accessKeyId: variable(environment, "AWS_ACCESS_KEY_ID"),
      secretAccessKey: variable(environment, "AWS_SECRET_ACCESS_KEY"),
      ...(environment.AWS_SESSION_TOKEN ? { sessionToken: environment.AWS_SESSION_TOKEN } : {}),
    },
    ...(environment.AWS_ENDPOINT_URL ? { endpoint: environment.AWS_ENDPOINT_URL } : {}),
  };
}

export function variable(environment: Platform["environment"], name: string): string {
  const value = environment[name];
  if (!value) throw new Error(`The environment variable ${name} is missing.`);
  return value;
}
