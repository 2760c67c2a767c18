import "./stories/ordinary.ts";
import "./stories/approval-trouble.ts";
import "./stories/trouble.ts";
import "./stories/operator.ts";
import "./stories/policy.ts";
import "./stories/approvals.ts";
import "./stories/every-edge.ts";
import "./stories/every-grant.ts";
