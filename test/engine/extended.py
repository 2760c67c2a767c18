"""Starts MiniStack with its permission check, extended by what the template has and MiniStack has not, so that the template stays as it is.

What MiniStack has no equal of is taken by its name only: others can refer to it, and it does nothing. Each one is printed, and so is
each decision of the permission check.
"""

import hashlib
import json

import ministack.app as app
import ministack.core.iam_evaluator as iam_evaluator
import ministack.core.sigv4 as sigv4
import ministack.services.cloudformation.provisioners as cloudformation
import ministack.services.stepfunctions as step_functions
import ministack.services.sts as sts

handlers = cloudformation._RESOURCE_HANDLERS


def by_name_only(resource_type, name):
    def create(logical_id, properties, stack_name):
        print("by name only:", resource_type, logical_id, flush=True)
        given = properties.get(name) or f"{stack_name}-{logical_id}"
        return given, {"Arn": given}

    return create


def extend(resource_type, create):
    handlers[resource_type] = {"create": create, "delete": lambda physical_id, properties: None}


extend("AWS::CodeDeploy::Application", by_name_only("AWS::CodeDeploy::Application", "ApplicationName"))
extend("AWS::CodeDeploy::DeploymentGroup", by_name_only("AWS::CodeDeploy::DeploymentGroup", "DeploymentGroupName"))

simple_alarm = handlers["AWS::CloudWatch::Alarm"]["create"]
computed_alarm = by_name_only("AWS::CloudWatch::Alarm", "AlarmName")


def alarm(logical_id, properties, stack_name):
    create = computed_alarm if "Metrics" in properties else simple_alarm
    return create(logical_id, properties, stack_name)


handlers["AWS::CloudWatch::Alarm"]["create"] = alarm


# The Step Functions of MiniStack have versions and aliases; its CloudFormation has not.


def answer(response):
    status, _, body = response
    if status != 200:
        raise ValueError(body)
    return json.loads(body)


def version(logical_id, properties, stack_name):
    asked = {"stateMachineArn": properties["StateMachineArn"], "revisionId": properties["StateMachineRevisionId"]}
    arn = answer(step_functions._publish_state_machine_version(asked))["stateMachineVersionArn"]
    return arn, {"Arn": arn}


def alias(logical_id, properties, stack_name):
    target = properties["DeploymentPreference"]["StateMachineVersionArn"]
    routing = [{"stateMachineVersionArn": target, "weight": 100}]
    asked = {"name": properties["Name"], "routingConfiguration": routing}
    arn = answer(step_functions._create_state_machine_alias(asked))["stateMachineAliasArn"]
    return arn, {"Arn": arn}


extend("AWS::StepFunctions::StateMachineVersion", version)
extend("AWS::StepFunctions::StateMachineAlias", alias)

# AWS's Ref of a secret is its ARN, by which rights are given; MiniStack's is its name.

named_secret = handlers["AWS::SecretsManager::Secret"]["create"]


def secret(logical_id, properties, stack_name):
    _, attributes = named_secret(logical_id, properties, stack_name)
    return attributes["Arn"], attributes


handlers["AWS::SecretsManager::Secret"]["create"] = secret

# The engine outside takes on the roles of the state machines; it derives the same keys (ministack-host.ts).

created_machine = handlers["AWS::StepFunctions::StateMachine"]["create"]


def machine(logical_id, properties, stack_name):
    role = properties["RoleArn"]
    _, _, _, _, account, name = role.split(":")
    keys = hashlib.sha256(role.encode()).hexdigest()
    sts.register_session(
        f"ASIA{keys[:16].upper()}",
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{name.removeprefix('role/')}/{logical_id}",
            "UserId": logical_id,
            "SecretAccessKey": keys,
            "SessionToken": keys,
        },
    )
    return created_machine(logical_id, properties, stack_name)


handlers["AWS::StepFunctions::StateMachine"]["create"] = machine

enforce = iam_evaluator.enforce


def enforce_aloud(access_key_id, action, *context, **more):
    refusal = enforce(access_key_id, action, *context, **more)
    session = sts._sessions.get(access_key_id)
    if session:
        print("refused:" if refusal else "allowed:", session["Arn"], action, flush=True)
    return refusal


iam_evaluator.enforce = enforce_aloud

# AWS is reached by TLS, and the template denies everything else; this is the loopback interface.
pin_request_origin = app.pin_request_origin
app.pin_request_origin = lambda source_ip, secure_transport: pin_request_origin(source_ip, True)

# The functions' time runs ahead of MiniStack's, by what the test has skipped.
sigv4.request_time_failure = lambda signature: None

app.main()
