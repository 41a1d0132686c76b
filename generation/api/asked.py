"""What is sent to an endpoint: a name that it does not know is refused, not passed over."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers


class Asked(serializers.Serializer):
    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else ()
        if unknown:
            there_are = ", ".join(self.fields)
            raise serializers.ValidationError(
                {name: f"There is no field '{name}'; there are: {there_are}." for name in unknown}
            )
        return super().to_internal_value(data)
