import { answerObject, type Answer, type Call } from './answers.ts';
import {
  clearableText,
  every,
  flag,
  ignored,
  integer,
  list,
  metadata,
  notSimulated,
  required,
  text,
  type FieldsOf,
} from './parameters.ts';
import { mergeMetadata, type Metadata } from './shapes.ts';
import { table } from './store.ts';
import type { Transaction } from './transaction.ts';

/** Products and prices exist as far as a Checkout Session's line items need them. */
export interface Product {
  id: string;
  object: 'product';
  created: number;
  name: string;
  description: string | null;
  metadata: Metadata;
  updated: number;
}

export interface Price {
  id: string;
  object: 'price';
  created: number;
  currency: string;
  metadata: Metadata;
  product: string;
  unit_amount: number;
  unit_amount_decimal: string;
}

export const products = table<Product>('product');
export const prices = table<Price>('price', (price) => [`product=${price.product}`]);

const productConstants = {
  active: true,
  images: [],
  livemode: false,
  marketing_features: [],
  package_dimensions: null,
  shippable: null,
  tax_details: null,
  type: 'service',
  url: null,
} as const;

const priceConstants = {
  active: true,
  billing_scheme: 'per_unit',
  custom_unit_amount: null,
  livemode: false,
  lookup_key: null,
  nickname: null,
  recurring: null,
  tax_behavior: 'unspecified',
  tiers_mode: null,
  transform_quantity: null,
  type: 'one_time',
} as const;

export const productCreateFields = {
  description: clearableText,
  expand: list(text),
  metadata,
  name: required(text),
  ...every(ignored, 'statement_descriptor', 'tax_code', 'unit_label', 'url', 'images'),
  ...every(notSimulated, 'active', 'default_price_data', 'id', 'marketing_features'),
  ...every(notSimulated, 'package_dimensions', 'shippable', 'type'),
};

export const priceCreateFields = {
  active: flag,
  currency: required(text),
  expand: list(text),
  metadata,
  product: required(text),
  unit_amount: required(integer({ minimum: 0 })),
  ...every(ignored, 'nickname', 'tax_behavior'),
  ...every(notSimulated, 'billing_scheme', 'currency_options', 'custom_unit_amount', 'lookup_key'),
  ...every(notSimulated, 'product_data', 'recurring', 'tiers', 'tiers_mode', 'transfer_lookup_key'),
  ...every(notSimulated, 'transform_quantity', 'unit_amount_decimal'),
};

export function createProduct(call: Call<FieldsOf<typeof productCreateFields>>): Answer {
  const { transaction, parameters } = call;
  return answerObject(products, putProduct(transaction, parameters).id);
}

export function createPrice(call: Call<FieldsOf<typeof priceCreateFields>>): Answer {
  const { transaction, parameters } = call;
  transaction.refer(products, parameters.product, 'product');
  return answerObject(prices, putPrice(transaction, parameters).id);
}

export function putProduct(
  transaction: Transaction,
  given: {
    name: string;
    description?: string | null | undefined;
    metadata?: Metadata | null | undefined;
  },
): Product {
  const id = transaction.newId('prod');
  const created = transaction.nowSeconds;
  const product: Product = {
    id,
    object: 'product',
    ...productConstants,
    created,
    description: given.description ?? null,
    metadata: mergeMetadata({}, given.metadata),
    name: given.name,
    updated: created,
  };
  transaction.put(products, product);
  transaction.emit('product.created', products, id);
  return product;
}

export function putPrice(
  transaction: Transaction,
  given: {
    currency: string;
    product: string;
    unit_amount: number;
    metadata?: Metadata | null | undefined;
  },
): Price {
  const id = transaction.newId('price');
  const price: Price = {
    id,
    object: 'price',
    ...priceConstants,
    created: transaction.nowSeconds,
    currency: given.currency.toLowerCase(),
    metadata: mergeMetadata({}, given.metadata),
    product: given.product,
    unit_amount: given.unit_amount,
    unit_amount_decimal: String(given.unit_amount),
  };
  transaction.put(prices, price);
  transaction.emit('price.created', prices, id);
  return price;
}
