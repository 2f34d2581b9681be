from django.db import migrations, models

FIRST = [("Faust", 1808, "9.50"), ("Effi Briest", 1895, "12.00"), ("Der Prozess", 1925, "8.40")]


def fill(apps, schema_editor):
    book = apps.get_model("books", "Book")
    book.objects.bulk_create([book(title=title, year=year, price=price) for title, year, price in FIRST])


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Book",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("year", models.IntegerField()),
                ("price", models.DecimalField(max_digits=6, decimal_places=2)),
            ],
        ),
        migrations.CreateModel(
            "Wish",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("text", models.CharField(max_length=100)),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
