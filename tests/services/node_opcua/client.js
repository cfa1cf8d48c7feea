// An OPC UA client that does what it reads: a JSON command a line on standard input, a JSON answer a line on
// standard output. See tests/services/opcua_client.py.
"use strict";
const readline = require("node:readline");
const {
  AttributeIds, MessageSecurityMode, OPCUAClient, SecurityPolicy, TimestampsToReturn,
  UserTokenType, Variant, DataType, constructEventFilter, resolveNodeId,
} = require("node-opcua-client");

const MACHINE_VISION = "http://opcfoundation.org/UA/MachineVision";
const OWN = "urn:marbleline:vision-system";
let client, session, mv, own;
const events = [];

const plain = (value) => JSON.parse(JSON.stringify(value === undefined ? null : value));
const nodeId = (name) => `ns=${own};s=${name}`;

async function structure(typeNumber, fields) {
  return session.constructExtensionObject(resolveNodeId(`ns=${mv};i=${typeNumber}`), fields);
}

// An argument: [type, value]; a number as type is a structure of the node set.
async function argument([type, value]) {
  if (typeof type === "number") {
    return new Variant({ dataType: DataType.ExtensionObject, value: await structure(type, value) });
  }
  const isArray = Array.isArray(value);
  return new Variant({ dataType: DataType[type], value, ...(isArray ? { arrayType: 1 } : {}) });
}

const commands = {
  async connect({ url, folder, encrypted }) {
    const { OPCUACertificateManager } = require("node-opcua-certificate-manager");
    const certificates = new OPCUACertificateManager({ rootFolder: folder, automaticallyAcceptUnknownCertificate: true });
    await certificates.initialize();
    client = OPCUAClient.create({
      applicationName: "marbleline test",
      clientCertificateManager: certificates,
      endpointMustExist: false,
      securityMode: encrypted ? MessageSecurityMode.SignAndEncrypt : MessageSecurityMode.None,
      securityPolicy: encrypted ? SecurityPolicy.Basic256Sha256 : SecurityPolicy.None,
      connectionStrategy: { maxRetry: 1 },
    });
    await client.connect(url);
    return (await client.getEndpoints()).map((one) => ({
      policy: one.securityPolicyUri.split("#")[1], mode: MessageSecurityMode[one.securityMode],
      tokens: one.userIdentityTokens.map((token) => UserTokenType[token.tokenType]),
    }));
  },
  async login({ user, password }) {
    session = await client.createSession(
      user === null ? undefined : { type: UserTokenType.UserName, userName: user, password });
    const namespaces = await session.readNamespaceArray();
    mv = namespaces.indexOf(MACHINE_VISION);
    own = namespaces.indexOf(OWN);
    return namespaces;
  },
  async browse({ node }) {
    const found = await session.browse(node === "Objects" ? "ns=0;i=85" : nodeId(node));
    return found.references.map((one) => one.browseName.name);
  },
  async read({ node }) {
    const found = await session.read({ nodeId: nodeId(node), attributeId: AttributeIds.Value });
    const value = found.value.value;
    return { status: found.statusCode.name, value: plain(value), type: value && value.schema ? value.schema.name : null };
  },
  async write({ node, type, value }) {
    const found = await session.write({
      nodeId: nodeId(node), attributeId: AttributeIds.Value,
      value: { value: { dataType: DataType[type], value } },
    });
    return found.name;
  },
  async call({ object, method, args }) {
    const inputArguments = [];
    for (const one of args) inputArguments.push(await argument(one));
    const found = await session.call({
      objectId: nodeId(object), methodId: nodeId(`${object}.${method}`), inputArguments });
    return {
      status: found.statusCode.name,
      outputs: (found.outputArguments || []).map((one) => plain(one.value)),
    };
  },
  async subscribe({ node, fields }) {
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: 50, requestedLifetimeCount: 1000, requestedMaxKeepAliveCount: 20,
      maxNotificationsPerPublish: 100, publishingEnabled: true, priority: 1 });
    const names = ["EventType", "Message", ...fields.map((name) => `${mv}:${name}`)];
    const item = await subscription.monitor(
      { nodeId: node === "Server" ? "ns=0;i=2253" : nodeId(node), attributeId: AttributeIds.EventNotifier },
      { queueSize: 1000, discardOldest: false, filter: constructEventFilter(names) },
      TimestampsToReturn.Both);
    item.on("changed", (values) => {
      const event = { type: values[0].value.value, message: values[1].value.text };
      fields.forEach((name, place) => { event[name] = plain(values[place + 2].value); });
      events.push(event);
    });
    return null;
  },
  async events() {
    return events;
  },
  async close() {
    if (session) await session.close();
    await client.disconnect();
    session = undefined;
    return null;
  },
};

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { command, ...given } = JSON.parse(line);
    let answer;
    try {
      answer = { answer: await commands[command](given) };
    } catch (error) {
      answer = { error: String(error.message || error) };
    }
    process.stdout.write(`@${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
})();
