// Submits messages with @infobip-api/sdk, which names entities flatly.
//
// Usage: node sdk.js MODULES URL COUNT. MODULES is the folder that the package is installed in. Of
// each kind of message, COUNT are submitted, each for an entity of its own.

const [modules, baseUrl, count] = process.argv.slice(2);
const { Infobip, AuthType } = require(`${modules}/@infobip-api/sdk`);
const { channels } = new Infobip({ baseUrl, apiKey: 'key', authType: AuthType.ApiKey });

const ids = (kind, number) => ({ entityId: `${kind} ${number} é😀`, applicationId: 'unknown' });
const destinations = [{ to: '441134960000' }];
const template = {
  templateName: 'hello',
  templateData: { body: { placeholders: [] } },
  language: 'en',
};

const sends = [
  (number) =>
    channels.sms.send({
      type: 'text',
      messages: [{ from: 'InfoSMS', text: 'Hello', destinations, ...ids('sms-text', number) }],
    }),
  (number) =>
    channels.sms.send({
      type: 'binary',
      messages: [
        { from: 'InfoSMS', binary: { hex: '48' }, destinations, ...ids('sms-binary', number) },
      ],
    }),
  (number) =>
    channels.whatsapp.send({
      type: 'text',
      from: '441134960001',
      to: '441134960000',
      content: { text: 'Hello' },
      ...ids('whatsapp', number),
    }),
  (number) =>
    channels.whatsapp.send({
      type: 'template',
      messages: [
        { from: '441134960001', to: '441134960000', content: template, ...ids('template', number) },
      ],
    }),
  (number) =>
    channels.email.send({
      to: 'customer@example.com',
      from: 'shop@example.com',
      subject: 'Hello',
      text: 'Hello',
      ...ids('form', number),
    }),
];

(async () => {
  for (let number = 0; number < Number(count); number += 1) {
    for (const send of sends) {
      const answer = await send(number);
      if (answer instanceof Error) {
        throw answer;
      }
    }
  }
})();
