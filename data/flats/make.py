"""Writes flats.csv: made-up flats and their rents, the same ones each time. It needs Python alone."""

import csv
import math
import random
from pathlib import Path

# Euros for a square metre and a month.
DISTRICTS = {
    "Airport": 7.5, "Castle": 15.5, "Harbour": 13.0, "Market": 16.5,
    "Meadow": 9.5, "Mill": 8.5, "Old Town": 18.0, "University": 12.0,
}
HEATING = {"gas": 1.0, "oil": 0.94, "district": 1.03, "heat pump": 1.08}


def flat(draw):
    area = round(min(160, max(18, draw.lognormvariate(4.2, 0.4))), 1)
    rooms = max(1, round(area / 26 + draw.gauss(0, 0.5)))
    floor = draw.choice([0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 8])
    built = draw.choice([draw.randint(1890, 1930), draw.randint(1950, 1989), draw.randint(1990, 2024)])
    district, heating = draw.choice(list(DISTRICTS)), draw.choice(list(HEATING))
    # Small flats cost more for each metre; old houses with high ceilings are liked, those of the sixties aren't.
    metre = DISTRICTS[district] * HEATING[heating] * (1 + 9 / area)
    metre *= 1.1 - 0.22 * math.exp(-((built - 1965) / 22) ** 2)
    # High floors cost more in the centre, and less where there may be no lift.
    metre *= 1 + (0.015 if DISTRICTS[district] > 12 else -0.01) * floor
    rent = round(area * metre * math.exp(draw.gauss(0, 0.05)))
    # What people leave out.
    rooms = "" if draw.random() < 0.06 else rooms
    built = "NA" if draw.random() < 0.08 else built
    heating = "" if draw.random() < 0.05 else heating
    return [area, rooms, floor, built, district, heating, rent]


draw = random.Random(7)
with open(Path(__file__).with_name("flats.csv"), "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow("area rooms floor built district heating rent".split())
    table.writerows(flat(draw) for _ in range(2000))
