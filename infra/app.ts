import { App } from "aws-cdk-lib";
import { buildApp } from "./build-app.ts";
import { bundleFunctions } from "./bundle.ts";

// What the CDK command runs. It hands the context of cdk.json and of its arguments over in the environment.
await bundleFunctions();
const given = new App().node.getAllContext();
buildApp(given).app.synth();
