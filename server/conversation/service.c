/* SPDX-License-Identifier: MIT */
#include "server/conversation/service.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "server/options/address.h"
#include "server/options/options.h"
#include "server/options/version.h"
#include "server/smtp/keyword.h"

#define ALL_FEATURES ((1U << 22) - 1)

/* Only a mechanism that checks nothing can be offered to anyone; SCRAM's
 * client checks the server, which must know the password. */
#define ANY_MECHANISMS                                        \
    (SMTP_PLAIN | SMTP_LOGIN | SMTP_CRAM_MD5 | SMTP_XOAUTH2 | \
     SMTP_OAUTHBEARER | SMTP_ANONYMOUS)
#define FILE_MECHANISMS                                           \
    (SMTP_PLAIN | SMTP_LOGIN | SMTP_CRAM_MD5 | SMTP_SCRAM_SHA_1 | \
     SMTP_SCRAM_SHA_256 | SMTP_XOAUTH2 | SMTP_OAUTHBEARER)
#define PLUS_MECHANISMS (SMTP_SCRAM_SHA_1_PLUS | SMTP_SCRAM_SHA_256_PLUS)

/* In strict, a client that is refused this often is sent away. */
#define STRICT_MAX_ERRORS 100

static char product[64];

/* Takes out what `--without` names; -1: there is no such keyword. */
static int take_out(uint32_t *offered, struct bytes keyword)
{
    uint32_t feature = smtp_keyword_find(keyword);
    if (feature == SMTP_CHUNKING) {
        feature |= SMTP_BINARYMIME; /* which needs it (RFC 3030 3) */
    }
    *offered &= ~feature;
    return feature != 0 ? 0 : -1;
}

static int take_out_list(uint32_t *offered, const char *list,
                         char why[SERVICE_WHY_SIZE])
{
    while (*list != '\0') {
        size_t size = strcspn(list, "+, ");
        struct bytes keyword = {(const unsigned char *)list, size};
        if (size > 0 && take_out(offered, keyword) != 0) {
            (void)snprintf(why, SERVICE_WHY_SIZE,
                           "without: '%.*s' is no extension that is offered; "
                           "try CHUNKING, STARTTLS, AUTH, ...",
                           (int)size, list);
            return -1;
        }
        list += size + (list[size] != '\0');
    }
    return 0;
}

static int set_offered(struct smtp_policy *policy,
                       const struct options *options,
                       const struct address *address, char *why)
{
    policy->offered = ALL_FEATURES;
    if (!options->given[OPTION_ID_max_recipients] &&
        options->max_transactions == 0 && options->max_domains == 0) {
        /* Our own roomy limit is nobody's business until somebody sets one. */
        policy->offered &= ~(uint32_t)SMTP_LIMITS;
    }
    if (address->role == ROLE_MX) {
        policy->offered &= ~(uint32_t)(SMTP_AUTH | SMTP_FUTURERELEASE);
    }
    for (size_t i = 0; i < options->without.count; i++) {
        if (take_out_list(&policy->offered, options->without.items[i], why) !=
            0) {
            return -1;
        }
    }
    return take_out_list(&policy->offered, address->without, why);
}

static void set_mechanisms(struct smtp_policy *policy,
                           const struct options *options)
{
    bool has_file = options->auth_file != NULL;
    if (options->auth == AUTH_OFF && !has_file) {
        policy->offered &= ~(uint32_t)SMTP_AUTH;
    }
    policy->mechanisms = has_file ? FILE_MECHANISMS : ANY_MECHANISMS;
    policy->tls_mechanisms =
        policy->mechanisms | (has_file ? PLUS_MECHANISMS : 0) | SMTP_EXTERNAL;
    policy->auth_required = options->auth_required;
}

static void set_limits(struct smtp_policy *policy,
                       const struct options *options)
{
    bool is_strict = options->profile == PROFILE_STRICT;
    policy->max_message_bytes = options->max_message_bytes;
    policy->max_recipients = (uint32_t)options->max_recipients;
    policy->max_line_bytes = (uint32_t)options->max_command_line;
    policy->max_commands = (uint32_t)options->max_commands;
    policy->max_errors = (uint32_t)options->max_errors;
    if (policy->max_errors == 0 && is_strict) {
        policy->max_errors = STRICT_MAX_ERRORS;
    }
    policy->max_transactions = (uint32_t)options->max_transactions;
    policy->max_domains = (uint32_t)options->max_domains;
}

int service_set_policy(struct service *service, const struct options *options,
                       struct service_kind kind, char why_out[SERVICE_WHY_SIZE])
{
    const struct address *address = kind.address;
    struct smtp_policy policy = {.hostname = options->hostname,
                                 .product = product,
                                 .is_lmtp = kind.is_lmtp};
    (void)snprintf(product, sizeof(product), "mailscope %s", version_text());
    policy.profile = options->profile == PROFILE_STRICT ? SMTP_PROFILE_STRICT
                                                        : SMTP_PROFILE_SINK;
    policy.is_submission = address->role == ROLE_ALL ||
                           address->role == ROLE_SUBMISSION ||
                           address->role == ROLE_SUBMISSIONS;
    if (set_offered(&policy, options, address, why_out) != 0) {
        return -1;
    }
    set_mechanisms(&policy, options);
    set_limits(&policy, options);
    if (kind.is_tls || !kind.can_tls) {
        policy.offered &= ~(uint32_t)SMTP_STARTTLS;
    }
    service->policy = policy;
    service->trusted_policy = policy;
    service->trusted_policy.is_trusted = true;
    service->max_session_bytes = options->max_session_bytes;
    service->drop_secrets = options->drop_secrets;
    service->inbox_name = address->inbox[0] != '\0' ? address->inbox : NULL;
    return 0;
}
