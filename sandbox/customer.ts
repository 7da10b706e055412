import { table } from './store.ts';
import type { Address, Metadata, Shipping } from './shapes.ts';

export interface Customer {
  id: string;
  object: 'customer';
  created: number;
  email: string | null;
  name: string | null;
  phone: string | null;
  description: string | null;
  address: Address | null;
  shipping: Shipping | null;
  invoice_settings: {
    custom_fields: null;
    default_payment_method: string | null;
    footer: null;
    rendering_options: null;
  };
  metadata: Metadata;
  preferred_locales: string[];
  tax_exempt: string;
  deleted?: true;
}

export const customers = table<Customer>('customer', (customer) =>
  customer.deleted === true
    ? []
    : [
        'listed',
        ...(customer.email === null ? [] : [`email=${encodeURIComponent(customer.email)}`]),
      ],
);

/** What Stripe shows on every customer and the sandbox never changes. */
export const customerConstants = {
  balance: 0,
  currency: null,
  default_source: null,
  delinquent: false,
  discount: null,
  livemode: false,
  next_invoice_sequence: 1,
  test_clock: null,
} as const;
