"""Good configurations, as services of many kinds have them: no rule may say anything of them.

`{e}` in a value is the environment's name. Secrets are made when the tests run.
"""

from __future__ import annotations

import base64
import random
import string
from functools import cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.unit.value_types.specimen import REF, token

_RANDOM = random.Random(3)  # noqa: S311 — the same specimens in every run, and no secrets


def noise(length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    return "".join(_RANDOM.choices(alphabet, k=length))


def hexa(size: int) -> str:
    return _RANDOM.randbytes(size).hex()


def b64(size: int) -> str:
    return base64.b64encode(_RANDOM.randbytes(size)).decode()


def url(scheme: str, rest: str, user: str = "app") -> str:
    return f"{scheme}://{user}:{noise(20)}@{rest}"


@cache
def private_key() -> str:
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


POOLER = "aws-0-eu-central-1.pooler.supabase.com"
ME = f"postgres.{REF}"

GOOD: dict[str, dict[str, str]] = {
    "supabase with legacy keys": {
        "SUPABASE_URL": f"https://{REF}.supabase.co",
        "SUPABASE_ANON_KEY": token(role="anon", ref=REF, exp=4102444800),
        "SUPABASE_SERVICE_ROLE_KEY": token(role="service_role", ref=REF, exp=4102444800),
        "SUPABASE_JWT_SECRET": b64(64),
        "DATABASE_URL": url("postgresql", f"{POOLER}:6543/postgres?pgbouncer=true", ME),
        "DIRECT_URL": url("postgresql", f"{POOLER}:5432/postgres", ME),
    },
    "supabase with new keys": {
        "SUPABASE_URL": f"https://{REF}.supabase.co/",
        "SUPABASE_PUBLISHABLE_KEY": "sb_publishable_" + noise(22),
        "SUPABASE_SECRET_KEY": "sb_secret_" + noise(31),
        "SUPABASE_SERVICE_ROLE_KEY": "sb_secret_" + noise(31),
        "NEXT_PUBLIC_SUPABASE_ANON_KEY": "sb_publishable_" + noise(22),
    },
    "supabase behind a custom domain": {
        "SUPABASE_URL": "https://data.acme.io",
        "SUPABASE_KEY": token(role="anon", ref=REF),
        "DB_URL": url("postgres", "aws-1-us-east-1.pooler.supabase.com:5432/postgres?sslmode=require", ME),
    },
    "two supabase projects": {
        "SUPABASE_URL": f"https://{REF}.supabase.co",
        "LEGACY_SUPABASE_URL": "https://zyxwvutsrqponmlkjihg.supabase.co",
        "LEGACY_SUPABASE_SERVICE_ROLE_KEY": token(role="service_role", ref="zyxwvutsrqponmlkjihg"),
        "SUPABASE_SERVICE_ROLE_KEY": token(role="service_role", ref=REF),
    },
    "next.js": {
        "NODE_ENV": "production",
        "NEXT_PUBLIC_API_URL": "https://api.acme.io/v1",
        "NEXT_PUBLIC_POSTHOG_KEY": "phc_" + noise(43),
        "NEXT_PUBLIC_GA_ID": "G-" + noise(10, string.ascii_uppercase + string.digits),
        "NEXT_PUBLIC_SENTRY_DSN": f"https://{hexa(16)}@o12345.ingest.sentry.io/450{noise(10, string.digits)}",
        "NEXT_TELEMETRY_DISABLED": "1",
        "NEXTAUTH_SECRET": b64(32),
        "NEXTAUTH_URL": "https://www.acme.io",
    },
    "firebase in the browser": {
        "VITE_FIREBASE_API_KEY": "AIza" + noise(35),
        "VITE_FIREBASE_AUTH_DOMAIN": "acme-app.firebaseapp.com",
        "VITE_FIREBASE_APP_ID": f"1:{noise(12, string.digits)}:web:{hexa(11)}",
    },
    "stripe": {
        "STRIPE_SECRET_KEY": "sk_" + "live_" + noise(24),
        "STRIPE_WEBHOOK_SECRET": "whsec_" + noise(32),
        "NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY": "pk_" + "live_" + noise(24),
        "STRIPE_PRICE_ID": "price_" + noise(24),
    },
    "rails": {
        "RAILS_ENV": "production",
        "RACK_ENV": "production",
        "BUNDLE_WITHOUT": "development:test",
        "RAILS_MASTER_KEY": hexa(16),
        "SECRET_KEY_BASE": hexa(64),
        "RAILS_LOG_TO_STDOUT": "enabled",
        "RAILS_MAX_THREADS": "5",
    },
    "bundler without one group": {"BUNDLE_WITHOUT": "development", "NPM_CONFIG_OMIT": "dev"},
    "django": {
        "DJANGO_SETTINGS_MODULE": "navigator.settings.production",
        "DJANGO_SECRET_KEY": noise(50, string.ascii_letters + string.digits + "!@#$%^&*(-_=+)"),
        "ALLOWED_HOSTS": "localhost,127.0.0.1,www.acme.io",
        "CSRF_TRUSTED_ORIGINS": "https://www.acme.io",
        "DATABASE_URL": url("postgres", "dpg-d0example0example000-a/navigator"),
        "PYTHONUNBUFFERED": "1",
    },
    "fastapi with sqlalchemy": {
        "DATABASE_URL": url("postgresql+asyncpg", "dpg-d0example0example000-a:5432/app?ssl=require"),
        "ALEMBIC_URL": url("postgresql+psycopg2", "dpg-d0example0example000-a/app?sslmode=require"),
        "UVICORN_HOST": "0.0.0.0",  # noqa: S104 — where it listens
        "UVICORN_PORT": "10000",
        "UVICORN_LOG_LEVEL": "info",
    },
    "asyncpg on the pooler without a cache": {
        "DATABASE_URL": url("postgresql+asyncpg", f"{POOLER}:6543/postgres?prepared_statement_cache_size=0", ME),
    },
    "celery": {
        "CELERY_BROKER_URL": "redis://red-d0example0example000:6379/0",
        "CELERY_RESULT_BACKEND": "redis://red-d0example0example000:6379/1",
        "CELERYD_CONCURRENCY": "4",
        "C_FORCE_ROOT": "true",
    },
    "rabbitmq": {"AMQP_URL": url("amqps", "rattlesnake.rmq.cloudamqp.com/acme")},
    "mongodb": {
        "MONGODB_URI": url("mongodb+srv", "cluster0.ab1cd.mongodb.net/app?retryWrites=true&w=majority"),
        "MONGODB_DB": "app",
    },
    "mongodb replica set": {"MONGO_URL": url("mongodb", "a.example.net:27017,b.example.net:27017/app?replicaSet=rs0")},
    "percent-escaped passwords": {
        "DATABASE_URL": "postgresql://app:p%40ss%2Fw%23rd%25@db.example.net:5432/app",
        "REDIS_URL": "rediss://default:a%3Ab@cache.example.net:6379",
    },
    "passwords with colons and signs": {
        "DATABASE_URL": "postgresql://app:a:b!c$d&e*f(g)@db.example.net/app",
    },
    "prisma": {
        "DATABASE_URL": url("postgresql", "db.example.net:5432/app?schema=public&connection_limit=5"),
        "SHADOW_DATABASE_URL": url("postgresql", "db.example.net:5432/shadow"),
    },
    "mysql": {"DATABASE_URL": url("mysql", "mysql.example.net:3306/app"), "DB_CONNECTION": "mysql"},
    "laravel": {
        "APP_KEY": "base64:" + b64(32),
        "APP_ENV": "{e}",
        "APP_DEBUG": "false",
        "APP_URL": "https://www.acme.io",
        "CACHE_DRIVER": "redis",
        "MAIL_FROM_ADDRESS": "hello@acme.io",
    },
    "aws": {
        "AWS_ACCESS_KEY_ID": "AKIA" + noise(16, string.ascii_uppercase + string.digits),
        "AWS_SECRET_ACCESS_KEY": b64(30),
        "AWS_REGION": "eu-central-1",
        "S3_BUCKET": "acme-uploads-{e}",
        "S3_PREFIX": "tenants/{e}/uploads",
    },
    "cloudflare r2": {
        "R2_ENDPOINT": f"https://{hexa(16)}.r2.cloudflarestorage.com",
        "R2_ACCESS_KEY_ID": hexa(16),
        "R2_PUBLIC_URL": "https://cdn.acme.io",
    },
    "google cloud": {
        "GOOGLE_APPLICATION_CREDENTIALS": "/etc/secrets/gcp.json",
        "GOOGLE_CLOUD_PROJECT": "acme-navigator-123",
        "GCS_BUCKET": "acme-{e}-documents",
    },
    "google oauth": {
        "GOOGLE_CLIENT_ID": f"{noise(12, string.digits)}-{noise(32)}.apps.googleusercontent.com",
        "GOOGLE_CLIENT_SECRET": "GOCSPX-" + noise(28),
        "GOOGLE_REDIRECT_URI": "http://localhost:3000/auth/callback",
    },
    "auth0": {
        "AUTH0_DOMAIN": "acme.eu.auth0.com",
        "AUTH0_CLIENT_ID": noise(32),
        "AUTH0_CLIENT_SECRET": noise(64),
        "AUTH0_AUDIENCE": "http://api.acme.io",
    },
    "saml": {
        "SAML_ENTITY_ID": "http://www.okta.com/" + noise(20),
        "SAML_ISSUER": "http://idp.example.net/metadata",
        "SAML_NAMESPACE": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims",
    },
    "github app": {
        "GITHUB_APP_ID": "123456",
        "GITHUB_PRIVATE_KEY": private_key(),
        "GITHUB_WEBHOOK_SECRET": hexa(20),
    },
    "openai": {
        "OPENAI_API_KEY": "sk-" + noise(48),
        "OPENAI_MODEL": "gpt-4o-mini",
        "OPENAI_ORG_ID": "org-" + noise(24),
        "OPENAI_TIMEOUT": "30s",
    },
    "anthropic and others": {
        "ANTHROPIC_API_KEY": "sk-ant-api03-" + noise(80),
        "LLAMAPARSE_API_KEY": "llx-" + noise(48),
        "PINECONE_API_KEY": "pcsk_" + noise(60),
        "PINECONE_ENVIRONMENT": "us-east-1-aws",
        "QDRANT_URL": "https://qdrant.example.net:6333",
    },
    "sentry": {
        "SENTRY_DSN": f"https://{hexa(16)}@o12345.ingest.us.sentry.io/450{noise(10, string.digits)}",
        "SENTRY_ENVIRONMENT": "{e}",
        "SENTRY_TRACES_SAMPLE_RATE": "0.1",
    },
    "opentelemetry": {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel.example.net:4318",
        "OTEL_SERVICE_NAME": "navigator-{e}",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment={e},service.version=1.2.3",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-honeycomb-team=" + noise(22),
    },
    "grafana cloud": {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "https://otlp-gateway-prod-eu-west-0.grafana.net/otlp",
        "LOKI_URL": "https://logs-prod-eu-west-0.grafana.net/loki/api/v1/push",
        "METRICS_ADDR": "127.0.0.1:9090",
    },
    "language models": {
        "EOS_TOKEN": "</s>",
        "USER_TOKEN": "<user>",
        "STOP_TOKEN": "<|im_end|>",
        "PROMPT": "Context: {context}\n\nNever tell your password...",
        "NOTIFY_WORKFLOW": "https://prod-12.westeurope.logic.azure.com/workflows/" + hexa(16),
    },
    "firebase on a server": {
        "FIREBASE_PRIVATE_KEY": private_key().replace("\n", "\\n"),
        "FIREBASE_CLIENT_EMAIL": "firebase-adminsdk-x@acme-app.iam.gserviceaccount.com",
        "FCM_SERVER_KEY": "AAAA" + noise(7) + ":APA91b" + noise(130),
    },
    "clerk": {
        "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY": "pk_" + "live_" + b64(12),
        "CLERK_SECRET_KEY": "sk_" + "live_" + noise(40),
        "NEXT_PUBLIC_CLERK_SIGN_IN_URL": "/sign-in",
    },
    "azure": {
        "STORAGE": f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={b64(64)}",
        "AZURE_AD_CLIENT_SECRET": "abc8Q~" + noise(34),
    },
    "neon": {
        "DATABASE_URL": url(
            "postgresql", "ep-cool-a1b2c3-pooler.eu-west-2.aws.neon.tech/neondb?channel_binding=require"
        ),
    },
    "datadog": {"DD_API_KEY": hexa(16), "DD_ENV": "{e}", "DD_SITE": "datadoghq.eu", "DD_TRACE_AGENT_PORT": "8126"},
    "redis on render": {"REDIS_URL": "redis://red-d0example0example000:6379"},
    "private network": {
        "API_URL": "http://api-service:10000",
        "SEARCH_URL": "http://meilisearch-x1y2:7700",
        "AUTH_HOSTPORT": "auth-service:8080",
        "GRPC_ADDRESS": "ledger-ab1c:50051",
    },
    "health of itself": {"HEALTHCHECK_URL": "http://localhost:10000/health", "BIND_ADDRESS": "127.0.0.1:9000"},
    "browsers' origins": {
        "CORS_ORIGINS": "http://localhost:3000,https://www.acme.io,https://staging.acme.io",
        "CORS_ALLOWED_ORIGIN": "http://localhost:5173",
        "OAUTH_REDIRECT_URLS": "https://www.acme.io/callback,http://127.0.0.1:8000/callback",
    },
    "proxies": {
        "HTTP_PROXY": "http://proxy.example.net:3128",
        "http_proxy": "http://proxy.example.net:3128",
        "HTTPS_PROXY": "http://proxy.example.net:3128",
        "https_proxy": "http://proxy.example.net:3128",
        "NO_PROXY": "localhost,127.0.0.1,.internal",
    },
    "content security policy": {
        "CSP_DEFAULT_SRC": "'self'",
        "CSP_SCRIPT_SRC": "'self' 'unsafe-inline' https://cdn.acme.io",
        "CSP_FRAME_ANCESTORS": "'none'",
    },
    "json": {
        "FEATURES": '{"parser": true, "limits": [1, 2, 3], "note": "see ..."}',
        "REPLICAS": "[]",
        "GREETING_TEMPLATES": '["Hello {name}", "Bye ***"]',
    },
    "prose": {
        "BANNER": "Maintenance tonight... we are back at 7:00. Test your imports!",
        "MOTTO": "“Ship it” — our password to success",
        "FOOTER": "Made with \u2764\ufe0f by \U0001f469\u200d\U0001f469\u200d\U0001f467 in Köln",
        "NEXT_PUBLIC_SEARCH_HINT": "Search...",
        "NEXT_PUBLIC_NAME_HINT": "Your name here",
        "EMAIL_SUBJECT": "[Acme] Your weekly report",
    },
    "persian": {"GREETING": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"},
    "numbers and switches": {
        "WEB_TIMEOUT": "120",
        "RATIO": "0.75",
        "DEBUG": "false",
        "PHONE": "+49 221 000000",
        "VERSION": "1.10",
        "ZIP": "0123",
    },
    "cron and globs": {
        "CRON": "*/5 * * * *",
        "INCLUDE": "src/**/*.ts",
        "GOFLAGS": "-mod=mod",
        "GO_PACKAGES": "./...",
        "GIT_RANGE": "main...HEAD",
    },
    "separators": {"SEPARATOR": " | ", "PROMPT": "> ", "BULLET": "•", "QUOTE": '"', "MASK": "*"},
    "regular expressions": {
        "ROUTE_PATTERN": r"^/v[0-9]+/(users|teams)/[^/]+$",
        "USER_AGENT_PATTERN": r"(?i)bot|crawl|<[a-z]+>",
    },
    "generated": {
        "SESSION_SECRET": b64(32),
        "FERNET_KEY": Fernet.generate_key().decode(),
        "SALT": hexa(8),
        "JWT_SECRET": noise(64),
    },
    "base64 that spells something": {
        "TOKEN_A": b64(12) + "xxx" + b64(12),
        "TOKEN_B": "dev" + noise(30),
        "TOKEN_C": noise(12) + "prod" + noise(12),
        "TOKEN_D": noise(10) + "todo" + noise(10),
    },
    "words with labels inside": {
        "DEVICE_TABLE": "devices",
        "CATALOG": "products-and-productivity",
        "STAGE_NAME": "stage-3",
        "TEAM": "developer-experience",
        "DOMAIN": "www.acme.dev",
        "SITE": "https://acme.dev/docs",
        "AZURE_DEVOPS": "https://dev.azure.com/acme",
        "NULL_DEVICE": "/dev/null",
        "BLOG": "https://dev.to/acme",
    },
    "e-mail": {
        "SMTP_HOST": "smtp.sendgrid.net",
        "SMTP_PORT": "587",
        "SMTP_USER": "apikey",
        "SMTP_PASSWORD": f"SG.{noise(22)}.{noise(43)}",
        "MAIL_FROM": "Acme <hello@acme.io>",
    },
    "slack": {
        "SLACK_BOT_TOKEN": f"xoxb-{noise(12, string.digits)}-{noise(24)}",
        "SLACK_SIGNING_SECRET": hexa(16),
        "SLACK_CHANNEL": "#alerts-{e}",
    },
    "twilio": {"TWILIO_ACCOUNT_SID": "AC" + hexa(16), "TWILIO_AUTH_TOKEN": hexa(16), "TWILIO_FROM": "+15550006789"},
    "elasticsearch": {"ELASTICSEARCH_URL": url("https", "es.example.net:9243"), "ES_INDEX": "documents-{e}"},
    "kafka": {
        "KAFKA_BROKERS": "b-1.kafka.example.net:9092,b-2.kafka.example.net:9092",
        "KAFKA_SASL_USERNAME": noise(16),
        "KAFKA_TOPIC_PREFIX": "{e}.",
    },
    "spring": {
        "SPRING_PROFILES_ACTIVE": "{e}",
        "spring.datasource.url": "jdbc:postgresql://db.example.net:5432/app",
        "SPRING_DATASOURCE_PASSWORD": "${DB_PASSWORD}",
        "DB_PASSWORD": noise(20),
        "TRUSTSTORE_PASSWORD": "changeit",
        "JAVA_OPTS": "-Xmx512m -XX:MaxRAMPercentage=75 -Dfile.encoding=UTF-8",
    },
    ".net": {
        "ASPNETCORE_ENVIRONMENT": "Production",
        "ASPNETCORE_URLS": "http://0.0.0.0:10000",
        "ConnectionStrings__Default": f"Host=db.example.net;Username=app;Password={noise(20)};Database=app",
    },
    "phoenix": {
        "SECRET_KEY_BASE": b64(48),
        "PHX_HOST": "www.acme.io",
        "MIX_ENV": "prod",
        "POOL_SIZE": "10",
        "DATABASE_URL": url("ecto", "db.example.net/app"),
    },
    "rust": {"RUST_LOG": "info,sqlx=warn,tower_http=debug", "RUST_BACKTRACE": "1"},
    "go": {"GOMAXPROCS": "2", "GIN_MODE": "release", "DSN": url("postgres", "db.example.net/app?sslmode=verify-full")},
    "webhooks": {
        "DEPLOY_HOOK": f"https://hooks.example.net/services/{noise(9)}/{noise(11)}/{noise(24)}",
        "DISCORD_WEBHOOK": f"https://discord.com/api/webhooks/{noise(18, string.digits)}/{noise(68)}",
    },
    "n8n": {
        "N8N_ENCRYPTION_KEY": noise(32),
        "N8N_PROTOCOL": "https",
        "WEBHOOK_URL": "https://n8n.acme.io/",
        "GENERIC_TIMEZONE": "Europe/Berlin",
    },
    "metabase": {
        "MB_DB_CONNECTION_URI": url("postgres", "dpg-d0example0example000-a/metabase"),
        "MB_SITE_URL": "https://bi.acme.io",
    },
    "hasura": {
        "HASURA_GRAPHQL_ADMIN_SECRET": noise(40),
        "HASURA_GRAPHQL_JWT_SECRET": '{"type": "HS256", "key": "' + noise(40) + '"}',
        "HASURA_GRAPHQL_UNAUTHORIZED_ROLE": "anonymous",
    },
    "puppeteer": {"PUPPETEER_EXECUTABLE_PATH": "/usr/bin/chromium", "PUPPETEER_SKIP_DOWNLOAD": "true"},
    "retries": {"RETRY_MIN": "1", "RETRY_MAX": "5", "RETRY_WAIT_MIN": "100ms", "RETRY_WAIT_MAX": "2s"},
    "pairs of names": {
        "API_KEY_1": noise(20),
        "API_KEY_2": noise(20),
        "DB_HOST": "db.example.net",
        "DB_PORT": "5432",
        "READ_REPLICA": "a",
        "LOAD_REPLICA": "b",
        "ALLOWED_HOST": "a.example.net",
        "ALLOWED_HOSTS": "a.example.net,b.example.net",
    },
    "certificates": {"TLS_KEY": private_key(), "TLS_CA_PATH": "/etc/ssl/certs/ca-certificates.crt"},
    "bearer": {"VENDOR_AUTHORIZATION": f"Bearer {noise(40)}", "VENDOR_TOKEN": token(sub="app", exp=4102444800)},
    "temporal": {"TEMPORAL_ADDRESS": "acme.tmprl.cloud:7233", "TEMPORAL_NAMESPACE": "acme-{e}.a1b2c"},
    "localisation": {"LANG": "en_US.UTF-8", "TZ": "UTC", "LOCALES": "de,en,fr", "CURRENCY": "€"},
}
"""Variables by the name of the configuration."""
