import {
  clearableObject,
  clearableText,
  object,
  required,
  text,
  type FieldsOf,
} from './parameters.ts';

export type Metadata = Record<string, string>;

export interface Address {
  city: string | null;
  country: string | null;
  line1: string | null;
  line2: string | null;
  postal_code: string | null;
  state: string | null;
}

const address = {
  city: clearableText,
  country: clearableText,
  line1: clearableText,
  line2: clearableText,
  postal_code: clearableText,
  state: clearableText,
};
export const addressParameter = object(address);

/** An address as Stripe shows it: every line there, null where nothing was given. */
export function addressOf(given: FieldsOf<typeof address>): Address {
  return {
    city: given.city ?? null,
    country: given.country ?? null,
    line1: given.line1 ?? null,
    line2: given.line2 ?? null,
    postal_code: given.postal_code ?? null,
    state: given.state ?? null,
  };
}

export interface BillingDetails {
  address: Address | null;
  email: string | null;
  name: string | null;
  phone: string | null;
  tax_id: string | null;
}

const billingDetails = {
  address: addressParameter,
  email: clearableText,
  name: clearableText,
  phone: clearableText,
  tax_id: clearableText,
};
export const billingDetailsParameter = object(billingDetails);

export function billingDetailsOf(
  given: FieldsOf<typeof billingDetails> | undefined,
  before?: BillingDetails,
): BillingDetails {
  const kept = before ?? { address: null, email: null, name: null, phone: null, tax_id: null };
  return {
    address:
      given?.address === undefined ? (kept.address ?? addressOf({})) : addressOf(given.address),
    email: given?.email === undefined ? kept.email : given.email,
    name: given?.name === undefined ? kept.name : given.name,
    phone: given?.phone === undefined ? kept.phone : given.phone,
    tax_id: given?.tax_id === undefined ? kept.tax_id : given.tax_id,
  };
}

export interface Shipping {
  address?: Address;
  carrier?: string | null;
  name?: string;
  phone?: string | null;
  tracking_number?: string | null;
}

/** New keys are added, keys given an empty value go, others stay; null clears all. */
export function mergeMetadata(before: Metadata, given: Metadata | null | undefined): Metadata {
  const merged = given === null ? {} : { ...before, ...given };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
}

const shipping = {
  address: required(addressParameter),
  carrier: clearableText,
  name: required(text),
  phone: clearableText,
  tracking_number: clearableText,
};
export const shippingParameter = clearableObject(shipping);

export function shippingOf(given: FieldsOf<typeof shipping>): Shipping {
  return {
    address: addressOf(given.address),
    carrier: given.carrier ?? null,
    name: given.name,
    phone: given.phone ?? null,
    tracking_number: given.tracking_number ?? null,
  };
}

/** The fields that were given: absent ones must not overwrite what is there. */
export function defined<T extends object>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
