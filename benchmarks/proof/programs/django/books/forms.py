from django import forms

from books.models import Wish


class WishForm(forms.ModelForm):
    class Meta:
        model = Wish
        fields = ["text"]
