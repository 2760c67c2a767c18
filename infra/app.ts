import { buildApp } from "./build-app.ts";
import { bundleFunctions } from "./bundle.ts";

// What the CDK command runs.
await bundleFunctions();
buildApp().app.synth();
