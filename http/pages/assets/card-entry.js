// Stripe's form for a card. What it gives us is a token; the card's number never comes here.
const entry = document.querySelector('[data-card-entry]');
if (entry !== null) {
  const { publishableKey, mode, amount, currency, returnUrl } = entry.dataset;
  const form = entry.closest('form');
  const field = entry.querySelector('input[name=newCard]');
  const errorLine = entry.querySelector('[data-card-error]');

  const stripe = window.Stripe(publishableKey);
  const elements = stripe.elements({
    mode,
    currency,
    ...(mode === 'payment' ? { amount: Number(amount) } : {}),
    setupFutureUsage: mode === 'setup' ? 'off_session' : undefined,
    paymentMethodTypes: ['card'],
  });
  // Wallets and Link hide the card behind them, and with it whether it is prepaid.
  elements
    .create('payment', { wallets: { applePay: 'never', googlePay: 'never', link: 'never' } })
    .mount(entry.querySelector('[data-card-form]'));

  const usesNewCard = () => {
    const chosen = form.querySelector('input[type=radio][name=card]:checked');
    return chosen === null || chosen.value === 'new';
  };

  form.addEventListener('submit', (event) => {
    if (!usesNewCard() || field.value !== '') return;
    event.preventDefault();
    void makeToken();
  });

  async function makeToken() {
    errorLine.textContent = '';
    const { error: invalid } = await elements.submit();
    const { error, confirmationToken } =
      invalid === undefined
        ? await stripe.createConfirmationToken({ elements, params: { return_url: returnUrl } })
        : { error: invalid };
    if (error !== undefined) {
      errorLine.textContent = error.message;
      return;
    }
    field.value = confirmationToken.id;
    form.requestSubmit();
  }
}
