import type { DeclineExplanation } from './declines.ts';
import type { Refusal } from './failures.ts';
import type { Micros } from './money.ts';

/**
 * What a customer is told by mail. A notice is a row written in the transaction that makes its
 * fact final (R62); names and addresses are joined only when it is sent.
 */
export type Notice =
  | {
      readonly kind: 'purchase_succeeded';
      readonly purchaseId: string;
      readonly receiptNumber: string;
      readonly credits: Micros;
      readonly tax: Micros;
      readonly paidUnbilled: Micros;
    }
  | {
      readonly kind: 'purchase_declined';
      readonly purchaseId: string;
      readonly credits: Micros;
      readonly decline: DeclineExplanation;
    }
  | {
      readonly kind: 'purchase_refused';
      readonly purchaseId: string;
      readonly credits: Micros;
      readonly refusal: Refusal;
    }
  | {
      /** The bank asks for a confirmation, or is still waiting for it: `reminder` counts from 0. */
      readonly kind: 'authentication_needed';
      readonly purchaseId: string;
      readonly credits: Micros;
      readonly reminder: number;
    }
  | {
      readonly kind: 'payment_returned';
      readonly purchaseId: string;
      readonly amount: Micros;
      readonly refusal: Refusal;
    };

export type NoticeKind = Notice['kind'];
