"""LiteLLM proxy: asks Solvent before a call, and tells it afterwards what the call cost.

In the proxy's configuration: ``litellm_settings: {callbacks: solvent_hook.solvent}``. Give each
virtual key the metadata ``{"solvent_account": "acct_…"}``. Environment: SOLVENT_URL, SOLVENT_KEY (role
service), SOLVENT_WHEN_AWAY: ``refuse`` (the default: nothing runs) or ``run`` (it runs unbilled, and
is logged).
"""

import logging
import os
import uuid
from decimal import ROUND_UP, Decimal
from urllib.parse import quote

import httpx
import litellm
from fastapi import HTTPException
from litellm.integrations.custom_logger import CustomLogger

MOST_COMPLETION_TOKENS = 4096
LEAST_COST = Decimal("0.000001")
log = logging.getLogger("solvent")


def decimal(cost):
    """Rounded up to the micro-unit: an amount is a decimal string, never a float."""
    return str(Decimal(str(cost)).quantize(LEAST_COST, rounding=ROUND_UP))


class Solvent(CustomLogger):
    def __init__(self):
        super().__init__()
        self.refuses_when_away = os.environ.get("SOLVENT_WHEN_AWAY", "refuse") != "run"
        self.client = httpx.AsyncClient(
            base_url=os.environ["SOLVENT_URL"],
            headers={"authorization": "Bearer " + os.environ["SOLVENT_KEY"]},
            timeout=2.0,
        )

    async def post(self, path, body):
        """The answer; None where Solvent does not answer."""
        try:
            answer = await self.client.post("/v1/holds" + path, json=body)
        except httpx.HTTPError as error:
            log.warning("solvent does not answer: %s", error)
            return None
        return None if answer.status_code >= 500 else answer

    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        account = (user_api_key_dict.metadata or {}).get("solvent_account")
        if account is None:
            raise HTTPException(status_code=403, detail="This key has no solvent_account.")
        model = data["model"]
        prompt_cost, completion_cost = litellm.cost_per_token(
            model=model,
            prompt_tokens=litellm.token_counter(model=model, messages=data.get("messages") or []),
            completion_tokens=(data.get("max_tokens") or MOST_COMPLETION_TOKENS) * (data.get("n") or 1),
        )
        hold = {
            "account": account,
            "id": str(uuid.uuid4()),
            "model": model,
            "cost": decimal(max(Decimal(str(prompt_cost + completion_cost)), LEAST_COST)),
        }
        answer = await self.post("", hold)
        if answer is None:
            if self.refuses_when_away:
                raise HTTPException(status_code=503, detail="Billing does not answer. Try again.")
            return data
        if answer.status_code >= 400:
            headers = {"retry-after": "1"} if "retry-after" in answer.headers else None
            raise HTTPException(answer.status_code, detail=answer.json(), headers=headers)
        data.setdefault("metadata", {})["solvent_hold"] = {"account": account, "id": hold["id"]}
        return data

    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        hold = hold_of((kwargs.get("litellm_params") or {}).get("metadata"))
        cost = decimal(kwargs.get("response_cost") or 0)
        if hold is None:
            log.error("unbilled: %s cost %s", kwargs.get("model"), cost)
            return
        path = "/" + quote(hold["id"], safe="") + "/settle"
        answer = await self.post(path, {"account": hold["account"], "cost": cost})
        if answer is None or answer.status_code >= 400:
            log.error("not settled: hold %s of %s cost %s", hold["id"], hold["account"], cost)

    async def async_post_call_failure_hook(
        self, request_data, original_exception, user_api_key_dict, traceback_str=None
    ):
        """The call failed for good, after LiteLLM's own retries."""
        hold = hold_of(request_data.get("metadata"))
        if hold is not None:
            path = "/" + quote(hold["id"], safe="") + "/release"
            await self.post(path, {"account": hold["account"]})


def hold_of(metadata):
    return (metadata or {}).get("solvent_hold")


solvent = Solvent()
