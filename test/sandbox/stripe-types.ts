import type Stripe from 'stripe';

type ConfirmationTokenCreateParams = NonNullable<
  Parameters<Stripe['testHelpers']['confirmationTokens']['create']>[0]
>;

/** What the schema is made of: each object the sandbox shows, each body that it or we may send. */
export interface StripeTypes {
  objects: {
    balance_transaction: Stripe.BalanceTransaction;
    charge: Stripe.Charge;
    'checkout.session': Stripe.Checkout.Session;
    confirmation_token: Stripe.ConfirmationToken;
    customer: Stripe.Customer;
    deleted_customer: Stripe.DeletedCustomer;
    deleted_webhook_endpoint: Stripe.DeletedWebhookEndpoint;
    event: Stripe.Event;
    last_payment_error: Stripe.PaymentIntent.LastPaymentError;
    /** A line item calls itself `item`. */
    item: Stripe.LineItem;
    payment_intent: Stripe.PaymentIntent;
    payment_method: Stripe.PaymentMethod;
    price: Stripe.Price;
    product: Stripe.Product;
    refund: Stripe.Refund;
    setup_attempt: Stripe.SetupAttempt;
    setup_intent: Stripe.SetupIntent;
    webhook_endpoint: Stripe.WebhookEndpoint;
  };
  /** By method and address. */
  requests: {
    'POST /v1/customers': Stripe.CustomerCreateParams;
    'GET /v1/customers': Stripe.CustomerListParams;
    'POST /v1/customers/*': Stripe.CustomerUpdateParams;
    'GET /v1/customers/*/payment_methods': Stripe.CustomerListPaymentMethodsParams;
    'POST /v1/payment_methods': Stripe.PaymentMethodCreateParams;
    'GET /v1/payment_methods': Stripe.PaymentMethodListParams;
    'POST /v1/payment_methods/*': Stripe.PaymentMethodUpdateParams;
    'POST /v1/payment_methods/*/attach': Stripe.PaymentMethodAttachParams;
    'POST /v1/payment_methods/*/detach': Stripe.PaymentMethodDetachParams;
    'POST /v1/test_helpers/confirmation_tokens': ConfirmationTokenCreateParams;
    'POST /v1/setup_intents': Stripe.SetupIntentCreateParams;
    'GET /v1/setup_intents': Stripe.SetupIntentListParams;
    'POST /v1/setup_intents/*': Stripe.SetupIntentUpdateParams;
    'POST /v1/setup_intents/*/confirm': Stripe.SetupIntentConfirmParams;
    'POST /v1/setup_intents/*/cancel': Stripe.SetupIntentCancelParams;
    'GET /v1/setup_attempts': Stripe.SetupAttemptListParams;
    'POST /v1/payment_intents': Stripe.PaymentIntentCreateParams;
    'GET /v1/payment_intents': Stripe.PaymentIntentListParams;
    'GET /v1/payment_intents/search': Stripe.PaymentIntentSearchParams;
    'POST /v1/payment_intents/*': Stripe.PaymentIntentUpdateParams;
    'POST /v1/payment_intents/*/confirm': Stripe.PaymentIntentConfirmParams;
    'POST /v1/payment_intents/*/cancel': Stripe.PaymentIntentCancelParams;
    'POST /v1/payment_intents/*/capture': Stripe.PaymentIntentCaptureParams;
    'GET /v1/charges': Stripe.ChargeListParams;
    'GET /v1/charges/search': Stripe.ChargeSearchParams;
    'POST /v1/charges/*': Stripe.ChargeUpdateParams;
    'GET /v1/balance_transactions': Stripe.BalanceTransactionListParams;
    'GET /v1/events': Stripe.EventListParams;
    'POST /v1/checkout/sessions': Stripe.Checkout.SessionCreateParams;
    'GET /v1/checkout/sessions': Stripe.Checkout.SessionListParams;
    'POST /v1/refunds': Stripe.RefundCreateParams;
    'POST /v1/webhook_endpoints': Stripe.WebhookEndpointCreateParams;
    'POST /v1/webhook_endpoints/*': Stripe.WebhookEndpointUpdateParams;
  };
}
