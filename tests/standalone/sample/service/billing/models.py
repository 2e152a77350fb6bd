from __future__ import annotations

from django.db import models

from vinyl import VinylManager


class Bill(models.Model):
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="bills")
    amount = models.DecimalField(max_digits=8, decimal_places=2)

    vinyl = VinylManager()


class Payment(models.Model):
    bill = models.OneToOneField(Bill, models.CASCADE)

    class Meta:
        app_label = "payments"
