"""The illustrations, one module a mood; importing this package registers them all."""

from tools.starter.pictures import angry, default, disgust, fear, happy, neutral, sad, surprise

__all__ = ["angry", "default", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
