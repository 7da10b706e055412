/** Stripe's published test cards that show what this page does, by what they are for. */
export const testCards: readonly {
  readonly group: string;
  readonly cards: readonly { readonly token: string; readonly name: string }[];
}[] = [
  {
    group: 'Cards that work',
    cards: [
      { token: 'pm_card_visa', name: 'Visa, credit' },
      { token: 'pm_card_visa_debit', name: 'Visa, debit' },
      { token: 'pm_card_mastercard', name: 'Mastercard, credit' },
      { token: 'pm_card_mastercard_debit', name: 'Mastercard, debit' },
      { token: 'pm_card_amex', name: 'American Express' },
      { token: 'pm_card_discover', name: 'Discover' },
      { token: 'pm_card_jcb', name: 'JCB' },
    ],
  },
  {
    group: 'Not supported',
    cards: [{ token: 'pm_card_mastercard_prepaid', name: 'Mastercard, prepaid' }],
  },
  {
    group: 'The bank asks for a confirmation',
    cards: [
      { token: 'pm_card_authenticationRequired', name: 'Visa, always asks' },
      { token: 'pm_card_authenticationRequiredOnSetup', name: 'Visa, asks when it is saved' },
    ],
  },
  {
    group: 'The bank declines',
    cards: [
      { token: 'pm_card_chargeDeclined', name: 'Declined without a reason' },
      { token: 'pm_card_chargeDeclinedInsufficientFunds', name: 'Declined: insufficient funds' },
      { token: 'pm_card_chargeDeclinedExpiredCard', name: 'Declined: expired card' },
      { token: 'pm_card_chargeDeclinedIncorrectCvc', name: 'Declined: wrong security code' },
      { token: 'pm_card_chargeDeclinedProcessingError', name: 'Declined: processing error' },
      { token: 'pm_card_visa_chargeDeclinedLostCard', name: 'Declined: lost card' },
      { token: 'pm_card_chargeCustomerFail', name: 'Can be saved, then every charge fails' },
    ],
  },
];
