# 登录与账号安全
access-join = 加入
access-join-first = 还没有账号？加入
access-join-one = 加入{ $programme }
access-join-words = 只需一分钟。低碳行为算出的每一克减排量，都归你。
access-join-do = 同意并加入
access-choose = 选择你要加入的项目。
access-closed = 暂时没有开放加入的项目
access-closed-words = 如果你的学校、单位或社区在用普惠，请向项目运营方要账号或邀请链接。
access-have-one = 已有账号？登录
access-account-hint = 只用来登录和找回密码，不会公开。
access-password-hint = 至少 8 个字符，可以用一句容易记的话。
access-alias = 昵称
access-alias-hint = 榜单上别人看到的名字，不必是真名。
access-show = 显示
access-hide = 隐藏
access-agree = 你同意什么
access-agree-hint = 每一项都单独征得你的同意。“可选”的不勾选也能加入，以后随时可以在“我的”里更改。
access-must = 必选
access-free = 可选
access-agree-more = 查看全文
access-taken = 这个账号已经注册过了。
access-wrong-account = 请填写邮箱地址或手机号；非中国大陆号码请带上 + 和国家代码。
access-wrong-password = 密码需要 8 到 128 个字符。
access-wrong-alias = 昵称需要 1 到 40 个字，不含特殊控制符。
access-wrong-consents = 需要同意“参加项目”才能加入。
# 忘记密码
access-forgot = 忘记密码
access-forgot-words = 填写注册时的邮箱，我们会发给你一个设置新密码的链接。用手机号注册的，请联系项目运营方。
access-forgot-do = 发送链接
access-email = 邮箱
access-back-to-signin = 返回登录
access-asked = 请查收邮件
access-asked-words = 如果这个邮箱注册过，设置新密码的链接已经在路上，一小时内有效。
access-asked-none = 没收到？看看垃圾邮件，或者核对邮箱地址再试一次。
access-new-password = 新密码
access-reset = 设置新密码
access-reset-words = 设置后，所有设备都会退出登录。
access-reset-do = 保存新密码
access-reset-done = 新密码已保存，请用它登录。
access-gone = 链接已失效
access-gone-words = 链接只能用一次，一小时后过期。可以再要一个。
access-again = 重新发送链接
access-letter-reset-subject = 设置你的新密码
access-letter-reset-body =
    你好：

    有人（多半是你自己）请求为这个邮箱在普惠的账号设置新密码。请在一小时内打开下面的链接：

    { $link }

    链接只能用一次。如果不是你本人操作，不用理会这封信，密码不会改变。
access-letter-changed-subject = 你的密码已更改
access-letter-changed-body =
    你好：

    你在普惠的账号刚刚更改了密码，其他设备已退出登录。

    如果是你本人操作，不用理会这封信。如果不是，请马上用登录页的“忘记密码”设置新密码，并联系项目运营方。
# 演示信箱
access-outbox = 演示信箱
access-outbox-words = 演示环境不往外发信，本该寄出的信都留在这里。
access-outbox-empty = 还没有信。试试“忘记密码”。
access-letter-to = 收件人
access-letter-sent = 已发出，正文已清除
# 同意事项。text 每一行是一段。
access-consent-programme = 参加项目
access-consent-programme-brief = 记录我的低碳行为，计算减排量和碳积分。
access-consent-programme-text =
    记录什么：每次行为的种类、时间、数量（如公里、次数）、由谁证明，以及算出的减排量和碳积分。登录账号和昵称与账目分开存放。用一个随机 cookie 区分浏览器，以便发现一部手机上的多个账号；只保存它的散列值，不作他用。
    为什么：计算和核对减排量，发放碳积分，兑换奖励，防止同一次行为重复计入。
    保存多久：账目要经得起核查，会长期保存。你注销后，账号和昵称等个人资料会删除，账目里只剩一个不指向你的编号。
    谁能看到：你自己；项目的审核、客服和财务人员，因工作需要时；核查机构和主管部门，只能查看。其他参与者只看得到你的昵称。
    怎么撤回：在“我的”的同意管理中随时撤回，从那一刻起不再记录新的行为，已有的记录和积分不受影响。
access-consent-partner-events = 合作方数据
access-consent-partner-events-brief = 地铁、单车等合作方可以替我上报行为，省去拍照。
access-consent-partner-events-text =
    记录什么：合作方发来的行为种类、起止时间、数量和它自己的流水号。我们不向合作方索要你的通讯录、支付信息或其他行程。
    为什么：合作方的记录比照片更可靠，行为可以自动入账。
    保存多久：与减排账目一起保存；流水号只用来识别重复上报。
    谁能看到：与“参加项目”相同。上报的合作方看得到自己报来的记录是否入账，看不到你的其他记录。
    怎么撤回：随时撤回，之后合作方再上报也不会被接收。
access-consent-device-readings = 合作方的设备读数
access-consent-device-readings-brief = 我使用的设备或应用的合作方，可以转来它测得的步数、骑行和表计读数。
access-consent-device-readings-text =
    记录什么：合作方从你的设备转来的读数，如每日步数、骑行的时间和里程、表计读数；不含位置。
    为什么：计算减排量，判断读数是否符合所报的行为。
    保存多久：与所证明的减排量一起保存。
    谁能看到：与参加项目相同。
    怎么撤回：随时撤回，之后的读数不再接收；也可以逐个关掉合作方。
access-consent-photos = 照片
access-consent-photos-brief = 保存我上传的照片作为证明，并与已有照片比对是否重复。
access-consent-photos-text =
    记录什么：你上传的照片。照片会重新编码，去掉拍摄地点、设备型号等附带信息，只保留拍摄时间用于核对。
    为什么：证明行为确实发生，并比对同一张照片是否被重复使用。请不要拍到他人的脸或证件。
    保存多久：判定后最多 180 天，供复核、申诉和核查；之后删除照片，只留下从中得出的结论。
    谁能看到：你自己和项目的审核员；核查机构抽查时。照片不会公开展示。
    怎么撤回：随时撤回，之后不再接收新的照片。
access-consent-delegation = 委托申报减排量
access-consent-delegation-brief = 授权项目把我的减排量与大家的合在一起，申请签发并出售。不授权也照样得积分。
access-consent-delegation-text =
    授权什么：只授权本项目，把你经过核实的减排量与其他参与者的合并，申请核查、签发和出售。个人无法单独申请，一克一克的减排量要凑成吨。
    换来什么：出售前会公示收益分配方案，你能看到自己的减排量进了哪一批、卖了多少、分到多少。
    不影响什么：碳积分照常发放和兑换，授权与否都一样。
    不会重复：授权的减排量只申报一次；请不要把同一次行为再授权给其他平台。
    怎么撤回：随时撤回，从当天起新的减排量不再申报；已经进入批次的不受影响。
access-consent-location = 轨迹与位置
access-consent-location-brief = 使用我上传的骑行、步行轨迹，以及行为需要时照片的拍摄位置。行踪轨迹属于敏感个人信息。
access-consent-location-text =
    这是敏感个人信息。依照《个人信息保护法》第二十八条、第二十九条，需要你单独同意；不同意不影响使用其他功能，只在行为需要时才会询问。
    记录什么：你上传的轨迹中的时间和位置点；行为必须在特定地点发生时，照片的拍摄位置。
    为什么：算出距离和速度，判断是否符合所报的出行方式或地点。
    保存多久：原始轨迹在判定后 30 天内删除，只留下距离、时长、速度和不带地图的简图。
    谁能看到：系统自动判断；只有存疑时，审核员才会看到那一条轨迹。不会公开，也不会给你的单位或学校。
    怎么撤回：随时撤回，之后不再接收轨迹和位置。
access-consent-steps = 步数
access-consent-steps-brief = 使用我上传的导出文件中每天的步数。步数反映健康状况，属于敏感个人信息。
access-consent-steps-text =
    这是敏感个人信息。依照《个人信息保护法》第二十八条、第二十九条，需要你单独同意；不同意不影响使用其他功能。
    记录什么：每天的步数、文件提供的每小时步数，以及由哪个设备记录。导出文件中的其他内容（如心率）不会读取，文件本身不保存。
    为什么：计入步行，判断步数是否由人走出。
    保存多久：步数与所证明的减排量一起保存。
    谁能看到：系统自动判断；只有存疑时，审核员才会看到那几天。不会公开，也不会给你的单位、学校或保险公司。
    怎么撤回：随时撤回，之后不再接收步数。
