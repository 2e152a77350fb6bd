"""What visitors of the site may ask, checked before it reaches a query."""

from __future__ import annotations

import json

from django import forms


class SearchForm(forms.Form):
    """A text to search for, and how many cities to show."""

    q = forms.CharField(max_length=100)
    limit = forms.IntegerField(min_value=1, max_value=100, required=False)


class VisitsForm(forms.Form):
    """The numbers of the cities that a traveller has been to."""

    cities = forms.JSONField()

    def clean_cities(self) -> list[int]:
        """Return the numbers. Raises: ValidationError for anything but a list of integers."""
        numbers = self.cleaned_data["cities"]
        if not isinstance(numbers, list) or not all(type(number) is int for number in numbers):
            raise forms.ValidationError(f"Write a list of city numbers, not {json.dumps(numbers)}.")
        return numbers
