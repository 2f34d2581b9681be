"""ML Prediction API: ten features in, a prediction and its confidence out."""

import os
from datetime import datetime, timezone

import numpy as np
import pandas as pd
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

FEATURES = 10
LIMIT = 1e6  # features beyond it are taken as the limit, so that no input overflows
WEIGHTS = np.random.default_rng(seed=42).normal(size=FEATURES)

app = FastAPI(title="ML Prediction API", version="1.0.0")


class PredictionRequest(BaseModel):
    features: list[float] = Field(examples=[[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]])


class PredictionResponse(BaseModel):
    prediction: float
    confidence: float
    timestamp: str


def now() -> str:
    return datetime.now(timezone.utc).isoformat()


@app.exception_handler(RequestValidationError)
def invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
    # Without the input that Pydantic would echo: it may hold what JSON cannot (NaN, lone surrogates).
    detail = [{key: item[key] for key in ("type", "loc", "msg")} for item in error.errors()]
    return JSONResponse({"detail": detail}, status_code=422)


@app.get("/")
def root() -> dict[str, str]:
    return {"service": "ML Prediction API", "status": "running", "timestamp": now()}


@app.get("/health")
def health() -> dict[str, str | int]:
    frame = pd.DataFrame({"x": range(3), "y": range(3)})
    # int(): pandas counts in numpy integers, which JSON does not know.
    return {"status": "healthy", "memory_usage_bytes": int(frame.memory_usage(deep=True).sum())}


@app.post("/predict", responses={400: {"description": "Not ten finite features"}})
def predict(request: PredictionRequest) -> PredictionResponse:
    features = np.array(request.features, dtype=float)
    if len(features) != FEATURES:
        raise HTTPException(400, f"expected {FEATURES} features, got {len(features)}")
    if not np.isfinite(features).all():
        raise HTTPException(400, "features have to be finite numbers")
    score = float(np.clip(features, -LIMIT, LIMIT) @ WEIGHTS)
    confidence = float(1 / (1 + np.exp(-min(abs(score), 100.0))))
    return PredictionResponse(prediction=score, confidence=confidence, timestamp=now())


if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=int(os.environ.get("PORT", 8000)))
