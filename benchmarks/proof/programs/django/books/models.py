from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=200)
    year = models.IntegerField()
    price = models.DecimalField(max_digits=6, decimal_places=2)


class Wish(models.Model):
    text = models.CharField(max_length=100)
