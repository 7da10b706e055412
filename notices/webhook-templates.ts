import { dateOf, type Content, type NoticeContext, type NoticeOf } from './content.ts';

/** Its address is not shown: addresses of webhooks often hold a secret. */
export function webhookEndpointDisabled(
  { endpointId, reason }: NoticeOf<'webhook_endpoint_disabled'>,
  context: NoticeContext,
): Content {
  return {
    subject: 'A webhook endpoint of yours was disabled',
    heading: 'A webhook endpoint of yours was disabled',
    paragraphs: [
      reason === 'gone'
        ? 'It answered that it does not want messages any more (410 Gone).'
        : 'It did not take any message for five days.',
      'Nothing more is sent to it. Who can fix it: you can. Enable the endpoint again, then ' +
        'replay the messages it missed.',
    ],
    facts: [],
    references: [dateOf(context), { label: 'Endpoint', value: endpointId }],
    link: { words: 'Open your billing page', url: context.billingPageUrl },
  };
}
