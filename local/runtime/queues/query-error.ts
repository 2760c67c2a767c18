/**
 * The code of an SQS error from the time before its JSON protocol. SDK clients still show it, from a header.
 */
export function queryErrorCode(name: string): string {
  if (name === "QueueDoesNotExist") return "AWS.SimpleQueueService.NonExistentQueue";
  if (name === "QueueNameExists") return "QueueAlreadyExists";
  if (name === "InvalidParameterValueException") return "InvalidParameterValue";
  if (name === "MissingRequiredParameterException") return "MissingParameter";
  return batchAndStateErrors.includes(name) ? `AWS.SimpleQueueService.${name}` : name;
}

const batchAndStateErrors = [
  "BatchEntryIdsNotDistinct",
  "BatchRequestTooLong",
  "EmptyBatchRequest",
  "InvalidBatchEntryId",
  "MessageNotInflight",
  "TooManyEntriesInBatchRequest",
];
