"""The names that developers give to the columns of their own logs: canonical field → names, best first.

Names are compared after `semconv.names.plain` (`promptTokens`, `Prompt Tokens`, `prompt.tokens` → `prompt_tokens`).
docs/formats/handrolled.md prints this table for users; a new synonym is a new word here.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Shape: TypeAlias = Literal[
    "id", "text", "word", "time", "duration", "moment", "flag", "count", "usage", "money", "payload", "calls",
    "object", "tags", "any",
]  # fmt: skip
"""What the values of a field look like; `moment` is a duration or a time, `any` is not looked at."""


class Field(Struct, frozen=True):
    """One canonical field: its name in a mapping, what its values look like, and its synonyms, best first."""

    name: str
    shape: Shape
    names: tuple[str, ...]
    about: str = ""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIELDS: tuple[Field, ...] = (
    Field("parent_id", "id", _words("parent_id parent_span_id parent_run_id parent parent_step parent_step_id "
          "parent_call_id parent_observation_id caller_id"), "span id of the step that this one belongs to"),
    Field("span_id", "id", _words("span_id spanid id call_id step_id event_id generation_id observation_id llm_call_id "
          "log_id uuid guid rowid run_id request_id message_id row_id"), "id of the row"),
    Field("trace_id", "id", _words("trace_id traceid root_id root_run_id run_id request_id correlation_id "
          "interaction_id workflow_id workflow_run_id execution_id job_id trace_uuid"), "what rows of one run share"),
    Field("kind", "word", _words("kind type span_type span_kind step_type event_type run_type observation_type op "
          "operation event call_type node_type category"), "agent, generation, tool …"),
    Field("model", "text", _words("model model_name model_id llm llm_model model_used engine deployment "
          "deployment_name response_model request_model modelname model_version ai_model model_slug")),
    Field("start", "time", _words("start start_time started_at started begin begin_ts begin_time start_ts start_at "
          "start_time_ns start_ns start_ms start_unix_nano ts timestamp time timestamp_ms timestamp_ns timestamp_us "
          "ts_ms ts_ns ts_us time_ms time_ns time_unix time_unix_nano epoch epoch_ms request_time request_at "
          "requested_at sent_at created_at created created_time creation_time date datetime date_time "
          "event_time occurred_at logged_at log_time inserted_at recorded_at called_at")),
    Field("end", "time", _words("end end_time ended_at ended finished_at finished finish_time finish_ts end_ts end_at "
          "end_time_ns end_ns end_ms end_unix_nano completed_at completed completion_time stop stopped_at stop_time "
          "response_at response_time_at received_at responded_at done_at")),
    Field("duration", "duration", _words("latency_ms duration_ms elapsed_ms took_ms response_time_ms latency duration "
          "elapsed response_time latency_s latency_sec latency_secs latency_seconds duration_s duration_sec "
          "duration_secs duration_seconds elapsed_s elapsed_sec elapsed_secs elapsed_seconds duration_ns latency_ns "
          "elapsed_ns duration_us latency_us duration_nano duration_micros latency_micros took_s took total_ms "
          "total_duration total_time total_time_ms runtime_ms runtime time_ms_total wall_ms wall_time "
          "execution_time execution_time_ms processing_time processing_time_ms time_taken time_taken_ms request_duration "
          "request_duration_ms total_latency_ms total_latency delay_ms llm_latency_ms inference_time "
          "inference_time_ms generation_time generation_time_ms")),
    Field("ttft", "moment", _words("ttft_ms ttft time_to_first_token time_to_first_token_ms first_token_ms "
          "first_token_time completion_start_time first_token_at ttft_s ttft_seconds ttft_ns ttft_us "
          "time_to_first_token_s first_token_latency first_token_latency_ms time_to_first_chunk "
          "time_to_first_chunk_ms ttfb_ms first_chunk_ms"), "time to the first token, or its time"),
    Field("status", "flag", _words("status state success ok succeeded is_success successful is_error failed has_error "
          "error_code status_code http_status http_status_code outcome result_status response_status")),
    Field("error", "text", _words("error error_message err exception err_msg error_msg error_text error_detail "
          "error_details failure_reason error_info exc exception_message status_message error_str traceback "
          "stack_trace stacktrace"), "not empty: the call failed"),
    Field("finish_reason", "text", _words("finish_reason stop_reason finish_reasons done_reason finish "
          "completion_reason")),
    Field("provider", "text", _words("provider vendor llm_provider model_provider provider_name api "
          "custom_llm_provider ai_provider api_provider system backend")),
    Field("input_tokens", "count", _words("input_tokens prompt_tokens tokens_in tok_in in_tokens n_prompt_tokens "
          "input_token_count prompt_token_count prompt_eval_count num_input_tokens num_prompt_tokens tokens_prompt "
          "tokens_input n_input_tokens total_input_tokens request_tokens prompt_tokens_count n_tokens_in "
          "input_toks prompt_toks promptlen usage_prompt_tokens usage_input_tokens")),
    Field("output_tokens", "count", _words("output_tokens completion_tokens tokens_out tok_out out_tokens "
          "generated_tokens candidates_token_count eval_count output_token_count num_output_tokens "
          "num_completion_tokens tokens_completion tokens_output n_completion_tokens n_output_tokens "
          "total_output_tokens response_tokens completion_token_count n_generated_tokens n_tokens_out output_toks "
          "completion_toks response_token_count usage_completion_tokens usage_output_tokens")),
    Field("total_tokens", "count", _words("total_tokens tokens token_count total_token_count tokens_total n_tokens "
          "num_tokens tokens_used total_toks usage_total_tokens"), "alone: a total whose split is not known"),
    Field("cache_read_tokens", "count", _words("cache_read_input_tokens cached_tokens cache_read_tokens "
          "cached_input_tokens prompt_cached_tokens cached_content_token_count tok_cache_read input_cached_tokens "
          "prompt_cache_hit_tokens cached_prompt_tokens tokens_cached cache_read cache_hit_tokens cached_tok "
          "n_cached_tokens input_tokens_cached tokens_cache_read cache_read_token_count")),
    Field("cache_write_tokens", "count", _words("cache_creation_input_tokens cache_write_tokens "
          "cache_creation_tokens tok_cache_write prompt_cache_creation_tokens cache_write_input_tokens cache_write "
          "cache_creation tokens_cache_write cache_creation_token_count")),
    Field("reasoning_tokens", "count", _words("reasoning_tokens thinking_tokens thoughts_token_count tok_reason "
          "reasoning_output_tokens output_reasoning_tokens tokens_reasoning n_reasoning_tokens reasoning_token_count")),
    Field("usage", "usage", _words("usage token_usage usage_metadata tokens llm_usage usage_details token_counts "
          "token_count usage_object usage_json tokens_used"), "an object of counts, of any provider"),
    Field("cost", "money", _words("cost_usd usd cost total_cost price price_usd spend response_cost estimated_cost "
          "total_cost_usd cost_total cost_dollars cost_in_usd estimated_cost_usd llm_cost llm_cost_usd amount_usd "
          "spend_usd usd_cost total_usd cost_cents cost_usd_cents total_cost_cents price_cents spend_cents cents "
          "cost_micros cost_microusd cost_micro_usd cost_usd_micros cost_microdollars price_micros cost_nanos "
          "cost_nanousd cost_nano_usd cost_millicents cost_mills"), "in US dollars"),
    Field("input_cost", "money", _words("input_cost input_cost_usd prompt_cost prompt_cost_usd cost_input "
          "input_cost_cents cost_in cost_prompt"), "where there is no total"),
    Field("output_cost", "money", _words("output_cost output_cost_usd completion_cost completion_cost_usd "
          "cost_output output_cost_cents cost_out cost_completion")),
    Field("user_id", "id", _words("user_id user userid end_user customer_id customer account_id uid user_email "
          "username user_name end_user_id enduser_id actor_id email user_uuid member_id")),
    Field("session_id", "id", _words("session_id session conversation_id thread_id chat_id conversation thread "
          "dialog_id sessionid convo_id conv_id dialogue_id session_uuid")),
    Field("prompt_name", "text", _words("prompt_name template template_name prompt_id prompt_template prompt_key "
          "prompt_slug template_id prompt_template_name")),
    Field("prompt_version", "text", _words("prompt_version template_version prompt_hash prompt_rev prompt_revision "
          "prompt_template_version prompt_ver")),
    Field("environment", "text", _words("environment env stage deployment_environment deployment_env")),
    Field("release", "text", _words("release app_version git_sha version commit_sha git_commit commit build "
          "service_version")),
    Field("feature", "text", _words("feature feature_name app use_case usecase service component module product "
          "endpoint caller app_name application project project_name task_type purpose route task workflow "
          "service_name"), "what costs are grouped by"),
    Field("tool_name", "text", _words("tool_name tool function_name toolname")),
    Field("tool_arguments", "payload", _words("arguments args tool_input tool_args tool_arguments params "
          "function_args function_arguments parameters tool_parameters kwargs"), "of a row that is a tool call"),
    Field("tool_result", "payload", _words("tool_output tool_result tool_response result observation "
          "function_result function_output return_value")),
    Field("tool_calls", "calls", _words("tool_calls function_call tools_used toolcalls tool_uses function_calls "
          "tool_invocations tools_called"), "what the model asked for"),
    Field("tools", "calls", _words("tools functions available_tools tool_definitions tools_offered tool_schemas "
          "request_tools"), "what the model was offered"),
    Field("input", "payload", _words("messages input_messages prompt input request query question user_message "
          "user_prompt prompt_text inputs contents history conversation prompt_messages request_messages chat_history "
          "request_body input_text user_input request_json messages_json prompt_json req request_payload llm_input "
          "full_prompt raw_prompt raw_request input_json user_query")),
    Field("system", "payload", _words("system system_prompt instructions system_message system_instruction "
          "sys_prompt system_text developer_prompt")),
    Field("output", "payload", _words("response output completion answer reply output_text response_text "
          "generated_text assistant assistant_message outputs result content choices response_body response_json "
          "output_messages completion_text model_response llm_response assistant_response response_message resp "
          "response_payload output_json llm_output generation raw_response ai_response final_answer text "
          "response_content bot_response model_output candidates message")),
    Field("tags", "tags", _words("tags labels tag request_tags")),
    Field("metadata", "object", _words("metadata meta extra context attributes properties custom metadata_json attrs "
          "extra_data extras additional_data meta_data props custom_data params_json extra_json")),
    Field("comment", "text", _words("feedback_text feedback_comment rating_comment user_comment comment "
          "score_comment rating_reason")),
    Field("name", "text", _words("name span_name title operation_name step_name function operation endpoint route "
          "task run_name node node_name action step label method_name chain_name agent_name")),
    Field("service_tier", "text", _words("service_tier")),
    Field("response_id", "text", _words("response_id completion_id provider_request_id provider_response_id "
          "openai_id openai_request_id message_provider_id")),
)  # fmt: skip
"""Claimed in this order: a column serves the first field that wants it most."""

BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}

RATINGS: tuple[str, ...] = _words(
    "rating user_rating score feedback user_feedback thumbs thumb thumbs_up thumbs_down stars grade quality eval_score "
    "user_score quality_score feedback_score human_rating human_score liked like is_helpful helpful satisfaction csat "
    "feedback_rating label feedback_label feedback_value human_feedback is_correct correct verdict"
)
"""Columns of which each is a score of its own, with the name of the column."""
RATING_OBJECTS: tuple[str, ...] = _words("scores evals evaluations ratings feedbacks eval_scores eval_results")
"""Columns that hold several scores: `{name: number | {score, label, comment}}`, or a list of such."""

OPEN_WRAPPERS: frozenset[str] = frozenset(
    _words(
        "data payload attributes body record event span call llm log entry message_data row details llm_call fields "
        "generation_data trace_data json doc document item completion_data llm_data info _source source"
    )
)
"""Objects that hold the whole row: every name counts in them."""
CLOSED_WRAPPERS: frozenset[str] = frozenset(
    _words(
        "request response metadata meta extra context properties custom result results params parameters config "
        "settings options headers timing timings times timestamps latency duration performance perf metrics stats "
        "prompt completion output input generation cost costs billing session user trace attrs props model error "
        "req resp request_body response_body response_metadata kwargs labels tags usage tokens llm_usage token_usage"
    )
)
"""Objects in which only names count that say enough by themselves, or together with the object's name."""
TOO_GENERAL: frozenset[str] = frozenset(
    _words(
        "id name type kind title label time date created content text object value version system function params args "
        "result results input output inputs outputs parent op operation event start end stop status state error "
        "message messages category system_fingerprint uuid source tool tools template build node step action task "
        "tokens usage_tokens api backend email app service module component product project correct like release "
        "parameters arguments kwargs score label rating comment history contents choices candidates answer reply query "
        "question prompt response request completion ok success engine deployment method conversation thread session "
        "commit stage env metadata_json context extra attributes properties custom metadata meta completed finished "
        "started ended route endpoint caller route_name tag username customer instructions functions"
    )
)
"""Names that mean something else inside a closed wrapper (`response.id` is the provider's)."""
TIMING_WRAPPERS: frozenset[str] = frozenset(
    _words("timing timings times timestamps latency duration performance perf metrics stats")
)
"""Where `start`, `end` and `total` are times."""
COST_WRAPPERS: frozenset[str] = frozenset(_words("cost costs billing price pricing spend"))
"""Where `total`, `input` and `output` are money."""
